"""Makes test/parity/fixtures/tiny-models/: small random models in the shapes of FastEmbed's sparse models and rerankers, and what
FastEmbed 0.9.1 computes with them. Needs fastembed, onnx and numpy:

    python scripts/make-encoder-fixtures.py

Weights are not stored. Each is a formula of its name and shape (`make_weight`), which test/encoders/tiny-models.ts knows too; the graphs
refer to them as external data. They are exported from nothing: the maths is written here with ONNX's plain operators.
"""

import json
import math
import string
import sys
import tempfile
from pathlib import Path

import mmh3
import numpy as np
import onnx
from fastembed import SparseTextEmbedding
from fastembed.common.onnx_model import OnnxOutputContext
from fastembed.rerank.cross_encoder import TextCrossEncoder
from onnx import TensorProto, helper
from py_rust_stemmers import SnowballStemmer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

TARGET = Path(__file__).parent.parent / "test" / "parity" / "fixtures" / "tiny-models"
HIDDEN, LAYERS, HEADS, INNER, POSITIONS, MAX_TOKENS = 32, 2, 4, 64, 64, 48
EPSILON = 1e-12
WEIGHTS_FILE = "model.onnx_data"

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = (
    "the of and a is in to it that was for on are with as at be this have from or had by but not what all were we when your can "
    "aspirin fever river bank money run running runs cat cats dog love vector search engine patient medicine heart pain drug "
    "treat disease cell blood water light sound train model word light letter light number house time year people day good"
).split()
SUFFIXES = ["ing", "ed", "s", "es", "er", "ly", "tion", "al", "ity", "ment", "less", "able"]
STOPWORDS = "the of and a is in to it that was for on are with as at be this have from or had by but not all were".split()
MINICOIL_WORDS = (
    "aspirin fever river bank money run cat dog love vector search engine patient medicine heart pain drug running what letter"
).split()

TEXTS = [
    "Aspirin reduces fever.",
    "",
    "a",
    "The river bank was in the river; the money bank runs on money, money!",
    "What is the treatment of a disease of the heart?",
    "running runs run runner: the cats and dogs love running",
    "   \t\n ",
    "!!! ... ???",
    "naïve café — 3.14 % and COVID-19, rock'n'roll, 9° and 9°9",
    "Ελληνικά, русский, 中文, العربية",
    "[SEP] inside and [CLS] and [MASK] too",
    "vector vectors search searching engine engines engineering engineless treatable",
    "drug drugs drug drug pain painless painful medicines medical medicinal",
    "unknownword unknownwords xylophone xylophones zebra quantum-entanglement snake_case __init__",
    "nul \0 and soft\u00adhyphen and 👩‍💻",
    "the the the of of",
    " ".join(f"letter {i} of the train model word number" for i in range(12)),
    "a" * 45 + " " + "b" * 120,
    "Time and light and sound and water; good people, good houses, good years.",
    "Is not it what we have all been for? It is! What was it?",
]
PAIRS = [(TEXTS[i], TEXTS[(i * 7 + 3) % len(TEXTS)]) for i in range(len(TEXTS))] + [
    (TEXTS[16], TEXTS[16]),
    (TEXTS[0], TEXTS[16]),
    (TEXTS[16], TEXTS[0]),
    ("what is aspirin", "aspirin is a drug"),
]


def make_uniform(seed, size):
    """mulberry32 in [0, 1)."""
    with np.errstate(over="ignore"):
        z = np.uint32(seed) + np.arange(1, size + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
        z = (z ^ (z >> np.uint32(15))) * (z | np.uint32(1))
        z = z ^ (z + (z ^ (z >> np.uint32(7))) * (z | np.uint32(61)))
        return (z ^ (z >> np.uint32(14))) / 2.0**32


def make_weight(name, shape, scale, center=0.0):
    uniform = make_uniform(mmh3.hash(name, signed=False), math.prod(shape))
    return (center + scale * (2 * uniform - 1)).astype(np.float32).reshape(shape)


class Graph:
    """Nodes and weights of a graph; the weights' bytes go one after the other into one external file."""

    def __init__(self):
        self.nodes, self.initializers, self.weights, self.offset, self.count = [], [], [], 0, 0

    def add(self, op, inputs, output=None, **attributes):
        self.count += 1
        output = output or f"t{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def constant(self, values, dtype=np.float32):
        self.count += 1
        self.initializers.append(onnx.numpy_helper.from_array(np.array(values, dtype=dtype), f"c{self.count}"))
        return f"c{self.count}"

    def weight(self, name, shape, scale, center=0.0):
        if any(weight["name"] == name for weight in self.weights):
            return name
        size = 4 * math.prod(shape)
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", WEIGHTS_FILE), ("offset", self.offset), ("length", size)):
            tensor.external_data.add(key=key, value=str(value))
        self.initializers.append(tensor)
        self.weights.append({"name": name, "shape": list(shape), "scale": scale, "center": center})
        self.offset += size
        return name

    def linear(self, x, name, out, into):
        weight = self.weight(f"{name}.weight", (out, into), 1.5 / math.sqrt(into))
        product = self.add("MatMul", [x, self.add("Transpose", [weight], perm=[1, 0])])
        return self.add("Add", [product, self.weight(f"{name}.bias", (out,), 0.1)])

    def norm(self, x, name):
        parameters = [self.weight(f"{name}.weight", (HIDDEN,), 0.3, 1.0), self.weight(f"{name}.bias", (HIDDEN,), 0.2)]
        return self.add("LayerNormalization", [x, *parameters], axis=-1, epsilon=EPSILON)

    def gelu(self, x):
        erf = self.add("Erf", [self.add("Div", [x, self.constant(math.sqrt(2))])])
        return self.add("Mul", [self.add("Mul", [x, self.constant(0.5)]), self.add("Add", [erf, self.constant(1)])])

    def bert(self, vocabulary, attentions=()):
        """Embeddings and layers as transformers' BertModel; returns the last hidden state [batch, tokens, hidden]."""
        shape = self.add("Shape", ["input_ids"])
        tokens = self.add("Gather", [shape, self.constant(1, np.int64)], axis=0)
        positions = self.add("Range", [self.constant(0, np.int64), tokens, self.constant(1, np.int64)])
        sums = self.add("Gather", [self.weight("bert.embeddings.word_embeddings.weight", (vocabulary, HIDDEN), 0.5), "input_ids"])
        kinds = [
            (self.weight("bert.embeddings.position_embeddings.weight", (POSITIONS, HIDDEN), 0.5), positions),
            (self.weight("bert.embeddings.token_type_embeddings.weight", (2, HIDDEN), 0.5), "token_type_ids"),
        ]
        for table, ids in kinds:
            sums = self.add("Add", [sums, self.add("Gather", [table, ids])])
        x = self.norm(sums, "bert.embeddings.LayerNorm")
        mask = self.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        mask = self.add("Sub", [self.constant(1), self.add("Unsqueeze", [mask, self.constant([1, 2], np.int64)])])
        mask = self.add("Mul", [mask, self.constant(np.finfo(np.float32).min)])
        for layer in range(LAYERS):
            x = self.layer(x, mask, f"bert.encoder.layer.{layer}", attentions[layer] if attentions else None)
        return x

    def layer(self, x, mask, name, attention):
        split = self.constant([0, 0, HEADS, HIDDEN // HEADS], np.int64)

        def heads(part, perm):
            projected = self.linear(x, f"{name}.attention.self.{part}", HIDDEN, HIDDEN)
            return self.add("Transpose", [self.add("Reshape", [projected, split])], perm=perm)

        scores = self.add("MatMul", [heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1])])
        scores = self.add("Add", [self.add("Div", [scores, self.constant(math.sqrt(HIDDEN // HEADS))]), mask])
        weights = self.add("Softmax", [scores], attention, axis=-1)
        mixed = self.add("Transpose", [self.add("MatMul", [weights, heads("value", [0, 2, 1, 3])])], perm=[0, 2, 1, 3])
        mixed = self.add("Reshape", [mixed, self.constant([0, 0, HIDDEN], np.int64)])
        projected = self.linear(mixed, f"{name}.attention.output.dense", HIDDEN, HIDDEN)
        attended = self.norm(self.add("Add", [projected, x]), f"{name}.attention.output.LayerNorm")
        inner = self.gelu(self.linear(attended, f"{name}.intermediate.dense", INNER, HIDDEN))
        projected = self.linear(inner, f"{name}.output.dense", HIDDEN, INNER)
        return self.norm(self.add("Add", [projected, attended]), f"{name}.output.LayerNorm")

    def save(self, kind, outputs):
        """Writes the graph for the tests, which write its weights themselves."""
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
        graph = helper.make_graph(self.nodes, kind, inputs, infos, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="offgrid")
        (TARGET / f"{kind}.graph").write_bytes(model.SerializeToString())
        return self.weights


def make_masked_language_model(vocabulary):
    graph = Graph()
    x = graph.linear(graph.bert(vocabulary), "cls.predictions.transform.dense", HIDDEN, HIDDEN)
    x = graph.norm(graph.gelu(x), "cls.predictions.transform.LayerNorm")
    decoder = graph.add("Transpose", ["bert.embeddings.word_embeddings.weight"], perm=[1, 0])
    bias = graph.weight("cls.predictions.bias", (vocabulary,), 0.5, -0.5)
    graph.add("Add", [graph.add("MatMul", [x, decoder]), bias], "logits")
    return graph.save("masked-language-model", {"logits": ["batch", "tokens", vocabulary]})


def make_attentions(vocabulary):
    graph = Graph()
    graph.add("Identity", [graph.bert(vocabulary, ["attention_5", "attention_6"])], "last_hidden_state")
    square = ["batch", HEADS, "tokens", "tokens"]
    outputs = {"last_hidden_state": ["batch", "tokens", HIDDEN], "attention_5": square, "attention_6": square}
    return graph.save("attentions", outputs)


def make_encoder(vocabulary):
    graph = Graph()
    graph.add("Identity", [graph.bert(vocabulary)], "last_hidden_state")
    return graph.save("encoder", {"last_hidden_state": ["batch", "tokens", HIDDEN]})


def make_classifier(vocabulary):
    graph = Graph()
    first = graph.add("Gather", [graph.bert(vocabulary), graph.constant(0, np.int64)], axis=1)
    pooled = graph.add("Tanh", [graph.linear(first, "bert.pooler.dense", HIDDEN, HIDDEN)])
    graph.add("Identity", [graph.linear(pooled, "classifier", 1, HIDDEN)], "logits")
    return graph.save("classifier", {"logits": ["batch", 1]})


def make_tokenizer():
    letters = list(string.ascii_lowercase + string.digits)
    tokens = SPECIAL + list(string.punctuation) + letters + [f"##{letter}" for letter in letters] + ["°", "—"]
    tokens += WORDS + [f"##{suffix}" for suffix in SUFFIXES]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")],
    )
    tokenizer.save(str(TARGET / "tokenizer.json"))
    config = {"model_max_length": MAX_TOKENS, "pad_token": "[PAD]", "tokenizer_class": "BertTokenizer"}
    (TARGET / "tokenizer_config.json").write_text(json.dumps(config))
    named = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    (TARGET / "special_tokens_map.json").write_text(json.dumps(dict(zip(named, SPECIAL))))
    sizes = {"hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": INNER}
    limits = {"vocab_size": len(vocabulary), "max_position_embeddings": POSITIONS, "type_vocab_size": 2}
    kind = {"model_type": "bert", "hidden_act": "gelu", "layer_norm_eps": EPSILON, "pad_token_id": 0}
    (TARGET / "config.json").write_text(json.dumps({**kind, **sizes, **limits}))
    return vocabulary


def make_extras(vocabulary):
    """The files beside the networks."""
    (TARGET / "stopwords.txt").write_text("\n".join(STOPWORDS) + "\n")
    idf = {token: 10 * float(make_uniform(mmh3.hash(token, signed=False), 1)[0]) for token in [*vocabulary, "absent"] if token != "fever"}
    (TARGET / "idf.json").write_text(json.dumps(idf))
    stemmer = SnowballStemmer("english")
    stems = {}
    for word in MINICOIL_WORDS:
        stem = stemmer.stem_word(word)
        stems[stem] = min(stems.get(stem, word), word, key=len)
    (TARGET / "minicoil.triplet.model.vocab").write_text(json.dumps({"vocab": MINICOIL_WORDS, "stem_mapping": stems}))


def open_folder(folder, weights, file="model.onnx", kind=None):
    """A model's folder as FastEmbed wants it: the committed files, the graph, the weights."""
    folder = Path(folder)
    for path in TARGET.iterdir():
        if path.suffix not in (".graph",):
            (folder / path.name).write_bytes(path.read_bytes())
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_bytes((TARGET / f"{kind}.graph").read_bytes())
    tensors = [make_weight(**weight).tobytes() for weight in weights]
    (folder / file).with_name(WEIGHTS_FILE).write_bytes(b"".join(tensors))
    matrices = make_weight("minicoil", (len(MINICOIL_WORDS) + 1, HIDDEN, 4), 1.0)
    np.save(folder / "minicoil.triplet.model.npy", matrices)
    return str(folder)


def sparse(embedding):
    return {"indices": embedding.indices.tolist(), "values": [float(value) for value in embedding.values]}


def post_process(model, make_output, **options):
    """FastEmbed's post-processing of outputs that are a formula: exact inputs, no network."""
    rows = []
    for i, text in enumerate(TEXTS):
        ids = np.array([model.tokenizer.encode(text).ids])
        context = OnnxOutputContext(make_output(i, ids.shape[1])[None], np.ones_like(ids), ids.copy())
        rows.append(sparse(list(model._post_process_onnx_output(context, **options))[0]))
    return rows


def describe_sparse(name, weights, kind, make_output, file="model.onnx", query_options=None, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = open_folder(folder, weights, file, kind)
        embedding = SparseTextEmbedding(name, specific_model_path=path, threads=1, **options)
        model = embedding.model
        model._ensure_tokenizer()
        result = {
            "model": name,
            "weights": weights,
            "documents": [sparse(vector) for vector in embedding.embed(TEXTS)],
            "queries": [sparse(vector) for vector in embedding.query_embed(TEXTS)],
            "exactDocuments": post_process(model, make_output),
        }
        if query_options is not None:
            result["exactQueries"] = post_process(model, make_output, **query_options)
        return result


def describe_cross_encoder(weights):
    with tempfile.TemporaryDirectory() as folder:
        path = open_folder(folder, weights, "onnx/model.onnx", "classifier")
        encoder = TextCrossEncoder("Xenova/ms-marco-MiniLM-L-6-v2", specific_model_path=path, threads=1)
        tokenizer = encoder.model.tokenizer
        encoded = [tokenizer.encode(*pair) for pair in PAIRS]
        return {
            "model": "Xenova/ms-marco-MiniLM-L-6-v2",
            "weights": weights,
            "pairs": PAIRS,
            "scores": list(encoder.rerank_pairs(PAIRS)),
            "query": "what is aspirin",
            "rerank": list(encoder.rerank("what is aspirin", TEXTS)),
            "inputIds": [encoding.ids for encoding in encoded],
            "typeIds": [encoding.type_ids for encoding in encoded],
        }


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    vocabulary = make_tokenizer()
    make_extras(vocabulary)
    size = len(vocabulary)
    language_model = make_masked_language_model(size)
    by_formula = lambda *shape: lambda i, tokens: make_weight(f"output {i}", [tokens if n is None else n for n in shape], 2.0)
    attention = lambda i, tokens: np.abs(make_weight(f"output {i}", (HEADS, tokens, tokens), 0.5))
    fixtures = {
        "splade": describe_sparse("prithivida/Splade_PP_en_v1", language_model, "masked-language-model", by_formula(None, size)),
        "idf-splade": describe_sparse(
            "opensearch-project/opensearch-neural-sparse-encoding-doc-v3-gte", language_model, "masked-language-model", by_formula(None, size)
        ),
        "bm42": describe_sparse("Qdrant/bm42-all-minilm-l6-v2-attentions", make_attentions(size), "attentions", attention),
        "bm42-alpha": describe_sparse("Qdrant/bm42-all-minilm-l6-v2-attentions", make_attentions(size), "attentions", attention, alpha=0.8),
        "minicoil": describe_sparse(
            "Qdrant/minicoil-v1", make_encoder(size), "encoder", by_formula(None, HIDDEN), "onnx/model.onnx", {"is_query": True}
        ),
        "minicoil-options": describe_sparse(
            "Qdrant/minicoil-v1", make_encoder(size), "encoder", by_formula(None, HIDDEN), "onnx/model.onnx", {"is_query": True},
            k=0.9, b=0.4, avg_len=12.0,
        ),
        "cross-encoder": describe_cross_encoder(make_classifier(size)),
    }
    for name, fixture in fixtures.items():
        if name != "cross-encoder":
            fixture["texts"] = TEXTS
        (TARGET / f"{name}.json").write_text(json.dumps(fixture, ensure_ascii=True))
        print(name, (TARGET / f"{name}.json").stat().st_size, file=sys.stderr)


main()
