"""Writes test/parity/fixtures/dense_tiny.json: small random models of each shape, and what FastEmbed's own classes make of them.

Each model is a folder as FastEmbed takes it (specific_model_path), its files in the fixture: WordPiece, Unigram and byte-level BPE
tokenizers, an ONNX export of a BERT encoder (last_hidden_state and sentence_embedding), the same parameters as a checkpoint, an
exports that quantize dynamically, one with tasks, one that pools at a fixed length, and static models.

Where weights have 8 bits, sums of u8 x s8 products stop at 16 bits on x86 processors with AVX2 and without VNNI, and nowhere else, so
there are two references for that model. --quantized makes those of the processor on which it runs, of the files that the fixture has,
and keeps the other; qemu-x86_64 -cpu Haswell runs it as on an older processor.

    pip install fastembed==0.9.1 onnx
    python scripts/make-dense-fixture.py
    python scripts/make-dense-fixture.py --quantized
    qemu-x86_64 -cpu Haswell "$(readlink -f "$(which python)")" scripts/make-dense-fixture.py --quantized
"""

import base64
import gzip
import json
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from fastembed import TextEmbedding
from fastembed.common.model_description import ModelSource, PoolingType
from fastembed.text.builtin_sentence_embedding import BuiltinSentenceEmbedding
from fastembed.text.last_token_normalized_embedding import LastTokenNormalizedEmbedding
from fastembed.text.multitask_embedding import JinaEmbeddingV3
from fastembed.text.onnx_embedding import OnnxTextEmbedding
from fastembed.text.pooled_embedding import PooledEmbedding
from fastembed.text.pooled_normalized_embedding import PooledNormalizedEmbedding
from fastembed.text.siglip_embedding import SiglipOnnxTextEmbedding
from fastembed.text.static_embedding import StaticTextEmbedding
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession
from onnxruntime.quantization import quantize_dynamic
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "test" / "parity" / "fixtures" / "dense_tiny.json"

HIDDEN, HEADS, INNER, LAYERS, POSITIONS = 16, 2, 32, 2, 40
# low, so that texts are cut
MAX_LENGTH = 24
# an activation at the border of two whole numbers is rounded otherwise where float32 sums run in another order
ROUNDING_TOLERANCE = 5e-3

CORPUS = [
    "What is relapsing polychondritis? Aspirin reduces fever and pain.",
    "The quick brown fox jumps over the lazy dog, again and again.",
    "Une naïve café à Zürich, русский язык и Ελληνικά, 中文 字符.",
    "Numbers such as 3.14 and 2026, snake_case, e-mail: yes!",
]
TEXTS = [
    *CORPUS,
    "",
    "a",
    "   white \t\n space  ",
    "Emoji 👩‍💻 and unknown ᚠᛇᚻ runes",
    "a [SEP] or </s> inside",
    "fever " * 60,
]
PAIRS = [
    ["fever", "Aspirin reduces fever and pain."],
    ["", "pain"],
    ["fever " * 60, "pain"],
    ["fever", "pain " * 60],
    ["fever " * 60, "pain " * 60],
    ["fever " * 11, "pain " * 60],
]


def random_parameters(random: np.random.Generator, vocabulary: int, positions: int, types: int) -> dict[str, np.ndarray]:
    parameters: dict[str, np.ndarray] = {}

    def uniform(name: str, *shape: int, scale: float, center: float = 0.0) -> None:
        # half precision is enough and makes the fixture half as large
        parameters[name] = (center + scale * random.uniform(-1, 1, shape)).astype(np.float16).astype(np.float32)

    def norm(name: str) -> None:
        uniform(f"{name}.LayerNorm.weight", HIDDEN, scale=0.3, center=1)
        uniform(f"{name}.LayerNorm.bias", HIDDEN, scale=0.2)

    def linear(name: str, out: int, into: int) -> None:
        uniform(f"{name}.weight", out, into, scale=1.5 / into**0.5)
        uniform(f"{name}.bias", out, scale=0.1)

    for table, rows in (("word", vocabulary), ("position", positions), ("token_type", types)):
        uniform(f"embeddings.{table}_embeddings.weight", rows, HIDDEN, scale=0.5)
    norm("embeddings")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            linear(f"{name}.attention.self.{part}", HIDDEN, HIDDEN)
        linear(f"{name}.attention.output.dense", HIDDEN, HIDDEN)
        norm(f"{name}.attention.output")
        linear(f"{name}.intermediate.dense", INNER, HIDDEN)
        linear(f"{name}.output.dense", HIDDEN, INNER)
        norm(f"{name}.output")
    return parameters


class Graph:
    """The usual export of a BERT encoder: padded batches, additive mask, Gelu by Erf."""

    def __init__(self, parameters: dict[str, np.ndarray], position_offset: int = 0, has_mask: bool = True):
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self.parameters = parameters
        self.inputs = ["input_ids", *(["attention_mask", "token_type_ids"] if has_mask else [])]
        self.hidden = self._encode(position_offset, has_mask)

    def add(self, op: str, *inputs: str, **attributes) -> str:
        name = attributes.pop("name", f"t{len(self.nodes)}")
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def constant(self, values) -> str:
        name = f"c{len(self.initializers)}"
        self.initializers[name] = numpy_helper.from_array(np.asarray(values), name)
        return name

    def weight(self, name: str, transpose: bool = False) -> str:
        values = self.parameters[name]
        self.initializers[name] = numpy_helper.from_array(values.T.copy() if transpose else values, name)
        return name

    def linear(self, x: str, name: str) -> str:
        return self.add("Add", self.add("MatMul", x, self.weight(f"{name}.weight", True)), self.weight(f"{name}.bias"))

    def norm(self, x: str, name: str) -> str:
        weights = (self.weight(f"{name}.LayerNorm.weight"), self.weight(f"{name}.LayerNorm.bias"))
        return self.add("LayerNormalization", x, *weights, axis=-1, epsilon=1e-12)

    def _encode(self, offset: int, has_mask: bool) -> str:
        words = self.add("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        length = self.add("Gather", self.add("Shape", "input_ids"), self.constant(np.int64(1)))
        end = self.add("Add", length, self.constant(np.int64(offset)))
        places = self.add("Range", self.constant(np.int64(offset)), end, self.constant(np.int64(1)))
        x = self.add("Add", words, self.add("Gather", self.weight("embeddings.position_embeddings.weight"), places))
        types = self.weight("embeddings.token_type_embeddings.weight")
        if has_mask:
            x = self.add("Add", x, self.add("Gather", types, "token_type_ids"))
            mask = self.add("Cast", "attention_mask", to=TensorProto.FLOAT)
            mask = self.add("Unsqueeze", mask, self.constant(np.array([1, 2], dtype=np.int64)))
            mask = self.add("Mul", self.add("Sub", mask, self.constant(np.float32(1))), self.constant(np.float32(1e9)))
        else:
            x = self.add("Add", x, self.add("Gather", types, self.constant(np.int64(0))))
        x = self.norm(x, "embeddings")
        split = self.constant(np.array([0, 0, HEADS, HIDDEN // HEADS], dtype=np.int64))
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            q, k, v = (
                self.add("Reshape", self.linear(x, f"{name}.attention.self.{part}"), split)
                for part in ("query", "key", "value")
            )
            q = self.add("Transpose", q, perm=[0, 2, 1, 3])
            k = self.add("Transpose", k, perm=[0, 2, 3, 1])
            v = self.add("Transpose", v, perm=[0, 2, 1, 3])
            scale = self.constant(np.float32((HIDDEN // HEADS) ** -0.5))
            scores = self.add("Mul", self.add("MatMul", q, k), scale)
            weights = self.add("Softmax", self.add("Add", scores, mask) if has_mask else scores, axis=-1)
            joined = self.add("Transpose", self.add("MatMul", weights, v), perm=[0, 2, 1, 3])
            joined = self.add("Reshape", joined, self.constant(np.array([0, 0, HIDDEN], dtype=np.int64)))
            attended = self.linear(joined, f"{name}.attention.output.dense")
            x = self.norm(self.add("Add", attended, x), f"{name}.attention.output")
            inner = self.linear(x, f"{name}.intermediate.dense")
            erf = self.add("Erf", self.add("Mul", inner, self.constant(np.float32(0.5**0.5))))
            gelu = self.add("Mul", self.add("Mul", inner, self.constant(np.float32(0.5))), self.add("Add", erf, self.constant(np.float32(1))))
            x = self.norm(self.add("Add", self.linear(gelu, f"{name}.output.dense"), x), f"{name}.output")
        return x

    def pool_mean(self) -> str:
        """Masked mean, not normalized, as a graph with its own pooling has it."""
        mask = self.add("Unsqueeze", self.add("Cast", "attention_mask", to=TensorProto.FLOAT), self.constant(np.array([2], dtype=np.int64)))
        axis = self.constant(np.array([1], dtype=np.int64))
        total = self.add("ReduceSum", self.add("Mul", self.hidden, mask), axis, keepdims=0)
        return self.add("Div", total, self.add("ReduceSum", mask, axis, keepdims=0))

    def model(self, **outputs: str) -> onnx.ModelProto:
        """@param outputs name=tensor; a tensor of two axes is told by its name"""
        for name, tensor in outputs.items():
            self.add("Identity", tensor, name=name)
        pooled = ("sentence_embedding", "pooler_output")
        graph = helper.make_graph(
            self.nodes,
            "encoder",
            [helper.make_tensor_value_info(name, TensorProto.INT64, [] if name == "task_id" else ["batch", "tokens"]) for name in self.inputs],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", HIDDEN] if name in pooled else ["batch", "tokens", HIDDEN]) for name in outputs],
            list(self.initializers.values()),
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def encode_safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    header, position = {}, 0
    names = {"float32": "F32", "float16": "F16", "int64": "I64", "float64": "F64"}
    for name, values in tensors.items():
        end = position + values.nbytes
        header[name] = {"dtype": names[str(values.dtype)], "shape": list(values.shape), "data_offsets": [position, end]}
        position = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(values.tobytes() for values in tensors.values())


def wordpiece_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=120, special_tokens=special, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def unigram_tokenizer() -> Tokenizer:
    """XLM-RoBERTa's parts."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=130, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def bpe_tokenizer() -> Tokenizer:
    """RoBERTa's parts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=340, special_tokens=special, initial_alphabet=alphabet, show_progress=False))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def tokenizer_files(tokenizer: Tokenizer, pad: str, **config) -> dict[str, bytes]:
    config = {"model_max_length": MAX_LENGTH, "pad_token": pad, **config}
    return {"tokenizer.json": tokenizer.to_str().encode(), "tokenizer_config.json": json.dumps(config).encode()}


def config_json(model_type: str, vocabulary: int, positions: int, types: int) -> bytes:
    return json.dumps(
        {
            "model_type": model_type,
            "hidden_act": "gelu",
            "hidden_size": HIDDEN,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "intermediate_size": INNER,
            "vocab_size": vocabulary,
            "max_position_embeddings": positions,
            "type_vocab_size": types,
            "layer_norm_eps": 1e-12,
            "pad_token_id": 1 if model_type == "xlm-roberta" else 0,
        }
    ).encode()


def vectors(embeddings) -> list[list[float]]:
    return [[float(f"{value:.9g}") for value in row] for row in np.asarray(list(embeddings))]


def custom(folder: Path, model_file: str, pooling: PoolingType, normalization: bool, output_name: str | None = None) -> TextEmbedding:
    name = f"tiny/{model_file}-{pooling.value}-{normalization}-{output_name}-{folder.name}"
    source = ModelSource(hf="tiny/tiny")
    TextEmbedding.add_custom_model(name, pooling, normalization, source, HIDDEN, model_file=model_file, output_name=output_name)
    return TextEmbedding(name, specific_model_path=str(folder))


def main() -> None:
    random = np.random.default_rng(20260923)
    result = {"texts": TEXTS, "maxLength": MAX_LENGTH, "pairs": PAIRS, "folders": {}, "cases": [], "tokenizers": []}
    with tempfile.TemporaryDirectory() as temporary:

        def write(name: str, files: dict[str, bytes]) -> Path:
            folder = Path(temporary) / name
            for path, content in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
            result["folders"][name] = {
                path: content.decode() if path.endswith(".json") else {"gzip": base64.b64encode(gzip.compress(content, mtime=0)).decode()}
                for path, content in files.items()
            }
            return folder

        def case(fastembed: str, folder: str, description: dict, embeddings, **more) -> None:
            result["cases"].append({"fastembed": fastembed, "folder": folder, "description": description, **more, "vectors": vectors(embeddings)})

        wordpiece, unigram, bpe = wordpiece_tokenizer(), unigram_tokenizer(), bpe_tokenizer()
        bert_files = {
            **tokenizer_files(wordpiece, "[PAD]"),
            "config.json": config_json("bert", wordpiece.get_vocab_size(), POSITIONS, 2),
        }

        # a BERT export with two outputs, and its checkpoint
        parameters = random_parameters(random, wordpiece.get_vocab_size(), POSITIONS, 2)
        graph = Graph(parameters)
        export = graph.model(last_hidden_state=graph.hidden, sentence_embedding=graph.pool_mean())
        bert = write("bert", {**bert_files, "model.onnx": export.SerializeToString(), "model.safetensors": encode_safetensors(parameters)})
        named = {"specific_model_path": str(bert)}
        for fastembed, pooling, normalize, model in (
            ("OnnxTextEmbedding", "cls", True, OnnxTextEmbedding("BAAI/bge-large-en-v1.5", **named)),
            ("PooledNormalizedEmbedding", "mean", True, PooledNormalizedEmbedding("thenlper/gte-large", **named)),
            ("PooledEmbedding", "mean", False, custom(bert, "model.onnx", PoolingType.MEAN, False)),
            ("LastTokenNormalizedEmbedding", "lastToken", True, custom(bert, "model.onnx", PoolingType.LAST_TOKEN, True)),
            ("CustomTextEmbedding", "cls", False, custom(bert, "model.onnx", PoolingType.CLS, False)),
        ):
            for network in ("model.onnx", "model.safetensors"):
                case(fastembed, "bert", {"network": network, "pooling": pooling, "normalize": normalize}, model.embed(TEXTS))
        pooled = custom(bert, "model.onnx", PoolingType.DISABLED, True, "sentence_embedding")
        case("CustomTextEmbedding", "bert", {"network": "model.onnx", "pooling": "none", "output": "sentence_embedding"}, pooled.embed(TEXTS))
        builtin = BuiltinSentenceEmbedding("google/embeddinggemma-300m", specific_model_path=str(bert), lazy_load=True)
        object.__setattr__(builtin.model_description, "model_file", "model.onnx")
        object.__setattr__(builtin.model_description, "additional_files", [])
        case("BuiltinSentenceEmbedding", "bert", {"network": "model.onnx", "pooling": "none", "normalize": False, "output": 1}, builtin.embed(TEXTS))
        # e5 and others are PooledEmbedding itself: the same numbers as the custom model of mean pooling
        pooled_class = PooledEmbedding("intfloat/multilingual-e5-large", specific_model_path=str(bert), lazy_load=True)
        object.__setattr__(pooled_class.model_description, "additional_files", [])
        assert vectors(pooled_class.embed(TEXTS)) == result["cases"][4]["vectors"]
        last_class = LastTokenNormalizedEmbedding("Qwen/Qwen3-Embedding-0.6B-Q", specific_model_path=str(bert), lazy_load=True)
        object.__setattr__(last_class.model_description, "model_file", "model.onnx")
        assert vectors(last_class.embed(TEXTS)) == result["cases"][6]["vectors"]

        # XLM-RoBERTa: Unigram, positions from 2
        parameters = random_parameters(random, unigram.get_vocab_size(), POSITIONS + 2, 1)
        graph = Graph(parameters, position_offset=2)
        files = {**tokenizer_files(unigram, "<pad>"), "config.json": config_json("xlm-roberta", unigram.get_vocab_size(), POSITIONS + 2, 1)}
        published = {f"roberta.{name}": values for name, values in parameters.items()}
        roberta = write("roberta", {**files, "model.onnx": graph.model(last_hidden_state=graph.hidden).SerializeToString(), "model.safetensors": encode_safetensors(published)})
        model = PooledNormalizedEmbedding("thenlper/gte-large", specific_model_path=str(roberta))
        for network in ("model.onnx", "model.safetensors"):
            case("PooledNormalizedEmbedding", "roberta", {"network": network, "pooling": "mean"}, model.embed(TEXTS))

        # a task for each side
        graph = Graph(random_parameters(random, wordpiece.get_vocab_size(), POSITIONS, 2))
        graph.inputs.append("task_id")
        tasks = graph.constant(random.uniform(-1, 1, (5, HIDDEN)).astype(np.float32))
        output = graph.add("Add", graph.hidden, graph.add("Gather", tasks, "task_id"))
        folder = write("tasks", {**bert_files, "model.onnx": graph.model(last_hidden_state=output).SerializeToString()})
        multitask = JinaEmbeddingV3("jinaai/jina-embeddings-v3", specific_model_path=str(folder), lazy_load=True)
        object.__setattr__(multitask.model_description, "model_file", "model.onnx")
        object.__setattr__(multitask.model_description, "additional_files", [])
        description = {"pooling": "mean", "settings": {"tasks": {"document": 1, "query": 0}}}
        case("JinaEmbeddingV3", "tasks", description, multitask.embed(TEXTS))
        case("JinaEmbeddingV3", "tasks", description, multitask.query_embed(TEXTS), side="query")
        case("JinaEmbeddingV3", "tasks", description, multitask.embed(TEXTS, task_id=4), options={"task": 4})

        # SigLIP: no mask, every text filled up, the last row pooled
        graph = Graph(random_parameters(random, wordpiece.get_vocab_size(), POSITIONS, 1), has_mask=False)
        last = graph.add("Gather", graph.hidden, graph.constant(np.int64(-1)), axis=1)
        files = {**bert_files, "model.onnx": graph.model(last_hidden_state=graph.hidden, pooler_output=last).SerializeToString()}
        folder = write("siglip", files)
        siglip = SiglipOnnxTextEmbedding("google/siglip2-base-patch16-224", specific_model_path=str(folder), lazy_load=True)
        object.__setattr__(siglip.model_description, "model_file", "model.onnx")
        case("SiglipOnnxTextEmbedding", "siglip", {"pooling": "none", "output": "pooler_output", "settings": {"padId": 0}}, siglip.embed(TEXTS))

        # half precision, as smaller exports have it: nothing but the embeddings of tokens
        halves = numpy_helper.from_array(random.uniform(-1, 1, (wordpiece.get_vocab_size(), HIDDEN)).astype(np.float16), "weights")
        graph = helper.make_graph(
            [helper.make_node("Gather", ["weights", "input_ids"], ["last_hidden_state"])],
            "embeddings",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
            [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT16, ["batch", "tokens", HIDDEN])],
            [halves],
        )
        export = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        folder = write("half", {**bert_files, "model_fp16.onnx": export.SerializeToString()})
        model = custom(folder, "model_fp16.onnx", PoolingType.MEAN, True)
        case("CustomTextEmbedding", "half", {"pooling": "mean"}, model.embed(TEXTS), tolerance=1e-3)

        # static models: plain, and with rows that tokens share
        embeddings = random.uniform(-1, 1, (wordpiece.get_vocab_size(), HIDDEN)).astype(np.float32)
        static = {**tokenizer_files(wordpiece, "[PAD]"), "config.json": json.dumps({"model_type": "model2vec"}).encode()}
        folder = write("static", {**static, "model.safetensors": encode_safetensors({"embeddings": embeddings})})
        case("StaticTextEmbedding", "static", {}, StaticTextEmbedding("minishlab/potion-base-8M", specific_model_path=str(folder)).embed(TEXTS))
        mapped = {
            "embeddings": embeddings[:40].astype(np.float16),
            "weights": random.uniform(0.1, 2, wordpiece.get_vocab_size()),
            "mapping": random.integers(0, 40, wordpiece.get_vocab_size()),
        }
        folder = write("static-mapped", {**static, "model.safetensors": encode_safetensors(mapped)})
        case("StaticTextEmbedding", "static-mapped", {}, StaticTextEmbedding("minishlab/potion-base-8M", specific_model_path=str(folder)).embed(TEXTS))

        # token ids, of one text and of pairs, cut on either side
        for name, tokenizer, pad in (("wordpiece", wordpiece, "[PAD]"), ("unigram", unigram, "<pad>"), ("bpe", bpe, "<pad>")):
            files = {path: content.decode() for path, content in tokenizer_files(tokenizer, pad).items()}
            pieces = [tokenizer.encode(text, add_special_tokens=False).tokens for text in TEXTS[:6]]
            sides = {}
            for side in ("right", "left"):
                tokenizer.enable_truncation(MAX_LENGTH, direction=side)
                pairs = [tokenizer.encode(*pair) for pair in PAIRS]
                sides[side] = {
                    "ids": [tokenizer.encode(text).ids for text in TEXTS],
                    "pairs": [{"ids": pair.ids, "typeIds": pair.type_ids} for pair in pairs],
                }
                tokenizer.no_truncation()
            result["tokenizers"].append({"name": name, "files": files, "pieces": pieces, "sides": sides})
    save(result)


def save(result: dict) -> None:
    TARGET.write_text(json.dumps(result, ensure_ascii=False) + "\n", encoding="utf-8")
    print(TARGET, TARGET.stat().st_size, "bytes")


def integer_products() -> str:
    """Whether sums of two u8 x s8 products stop at 16 bits on this processor."""
    node = helper.make_node("MatMulInteger", ["a", "b"], ["sum"])
    a = helper.make_tensor_value_info("a", TensorProto.UINT8, [1, 64])
    total = helper.make_tensor_value_info("sum", TensorProto.INT32, [1, 16])
    weights = numpy_helper.from_array(np.full((64, 16), 127, dtype=np.int8), "b")
    graph = helper.make_graph([node], "products", [a], [total], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    sums = session.run(None, {"a": np.full((1, 64), 255, dtype=np.uint8)})[0]
    return "exact" if (sums == 64 * 255 * 127).all() else "saturating"


def quantized() -> None:
    """Dynamic quantization of the BERT export: FastEmbed one text at a time, because company changes a vector."""
    result = json.loads(TARGET.read_text(encoding="utf-8"))
    here = integer_products()
    kept = [case for case in result["cases"] if not case["folder"].startswith("quantized") or case.get("products", here) != here]
    with tempfile.TemporaryDirectory() as temporary:
        for name, reduce_range in (("quantized", False), ("quantized-7-bits", True)):
            folder = Path(temporary) / name
            folder.mkdir()
            for path, content in result["folders"]["bert"].items():
                if path.endswith(".json"):
                    (folder / path).write_text(content, encoding="utf-8")
            export = Path(temporary) / "model.onnx"
            export.write_bytes(gzip.decompress(base64.b64decode(result["folders"]["bert"]["model.onnx"]["gzip"])))
            network = folder / "model_quantized.onnx"
            quantize_dynamic(export, network, reduce_range=reduce_range)
            files = {path: content for path, content in result["folders"]["bert"].items() if path.endswith(".json")}
            compressed = base64.b64encode(gzip.compress(network.read_bytes(), mtime=0)).decode()
            result["folders"][name] = {**files, network.name: {"gzip": compressed}}
            embeddings = custom(folder, network.name, PoolingType.MEAN, True).embed(TEXTS, batch_size=1)
            kept.append(
                {
                    "fastembed": "PooledNormalizedEmbedding",
                    "folder": name,
                    "description": {"pooling": "mean"},
                    "tolerance": ROUNDING_TOLERANCE,
                    **({} if reduce_range else {"products": here}),
                    "vectors": vectors(embeddings),
                }
            )
    result["cases"] = kept
    save(result)


if "--quantized" in sys.argv[1:]:
    quantized()
else:
    main()
