"""Writes test/parity/fixtures/colbert_tiny.json.

A small ColBERT of random parameters (the published form: `bert.*` and `linear.weight` [dimension, hidden] without bias), run by
FastEmbed's own classes on an ONNX graph that this script builds, and held against the maths of the paper in float64 first. The
checkpoint itself is not kept: test/encoders/tiny-colbert.ts makes the same bytes again, and the ONNX graph, which is, refers to them.

    python -m venv venv && venv/bin/pip install fastembed==0.9.1 onnx
    venv/bin/python scripts/make-colbert-fixture.py
"""

import base64
import hashlib
import json
import math
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np
import onnx
from fastembed import __version__ as fastembed_version
from fastembed.late_interaction.colbert import Colbert
from fastembed.late_interaction.jina_colbert import JinaColbert
from fastembed.late_interaction.lateon import LateOn, MLateOn
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "test" / "parity" / "fixtures"
TOKENIZER = ROOT / "models" / "all-MiniLM-L6-v2"

CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "vocab_size": 30522,
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}
DIMENSION = 16
# the tokenizer's limit: low, so that texts that are cut give few rows
MODEL_MAX_LENGTH = 40
SEED = 7
HEAD_SEED = 11
# the file beside the ONNX graph that has its weights: here the checkpoint under another name
DATA_FILE = "model.onnx_data"
# float32 against float64 through two layers
TOLERANCE = 1e-5

TEXTS = [
    "What is relapsing polychondritis?",
    "",
    "hello world",
    "?! ...",
    "naïve café, Ελληνικά, русский, 中文 and 👩‍💻",
    "a [MASK], a [PAD] and a [SEP] inside",
    "snake_case, e-mail & C++: 100% (sure)!",
    " ".join(f"word{i}" for i in range(40)),
]


def mulberry32(seed: int):
    """The generator of test/graph/tiny-checkpoint.ts: each call gives the next `count` numbers in [0, 1)."""
    state = np.uint32(seed)

    def take(count: int) -> np.ndarray:
        nonlocal state
        with np.errstate(over="ignore"):
            states = state + np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
            state = states[-1]
            z = (states ^ (states >> np.uint32(15))) * (states | np.uint32(1))
            z ^= z + (z ^ (z >> np.uint32(7))) * (z | np.uint32(61))
            z ^= z >> np.uint32(14)
        return z.astype(np.float64) / 2**32

    return take


def random_tensor(take, shape, scale=0.5, center=0.0) -> np.ndarray:
    return (center + scale * (2 * take(math.prod(shape)) - 1)).astype(np.float32).reshape(shape)


def random_parameters() -> dict[str, np.ndarray]:
    take = mulberry32(SEED)
    hidden, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    parameters: dict[str, np.ndarray] = {}

    def norm(name: str) -> None:
        parameters[f"{name}.LayerNorm.weight"] = random_tensor(take, [hidden], 0.3, 1)
        parameters[f"{name}.LayerNorm.bias"] = random_tensor(take, [hidden], 0.2)

    def linear(name: str, out: int, into: int) -> None:
        parameters[f"{name}.weight"] = random_tensor(take, [out, into], 1.5 / math.sqrt(into))
        parameters[f"{name}.bias"] = random_tensor(take, [out], 0.1)

    for table, size in [
        ("word", CONFIG["vocab_size"]),
        ("position", CONFIG["max_position_embeddings"]),
        ("token_type", CONFIG["type_vocab_size"]),
    ]:
        parameters[f"embeddings.{table}_embeddings.weight"] = random_tensor(take, [size, hidden])
    norm("embeddings")
    for layer in range(CONFIG["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        for part in ["query", "key", "value"]:
            linear(f"{name}.attention.self.{part}", hidden, hidden)
        linear(f"{name}.attention.output.dense", hidden, hidden)
        norm(f"{name}.attention.output")
        linear(f"{name}.intermediate.dense", inner, hidden)
        linear(f"{name}.output.dense", hidden, inner)
        norm(f"{name}.output")
    published = {f"bert.{name}": values for name, values in parameters.items()}
    published["linear.weight"] = random_tensor(mulberry32(HEAD_SEED), [DIMENSION, hidden])
    return published


def encode_safetensors(parameters: dict[str, np.ndarray]) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """The file's bytes, and offset and length of each tensor in it."""
    header, position = {}, 0
    for name, values in parameters.items():
        header[name] = {
            "dtype": "F32",
            "shape": list(values.shape),
            "data_offsets": [position, position + values.nbytes],
        }
        position += values.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    begin = 8 + len(text)
    ranges = {
        name: (begin + entry["data_offsets"][0], entry["data_offsets"][1] - entry["data_offsets"][0])
        for name, entry in header.items()
    }
    data = b"".join(values.tobytes() for values in parameters.values())
    return struct.pack("<Q", len(text)) + text + data, ranges


def build_onnx(parameters, ranges) -> onnx.ModelProto:
    """The usual export: padded batches, additive attention mask, Erf Gelu, rows of unit length; weights in model.onnx_data."""
    nodes, initializers = [], []
    hidden, heads = CONFIG["hidden_size"], CONFIG["num_attention_heads"]
    size = hidden // heads

    def weight(name: str) -> str:
        if all(initializer.name != name for initializer in initializers):
            tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=parameters[name].shape)
            tensor.data_location = TensorProto.EXTERNAL
            offset, length = ranges[name]
            for key, value in [("location", DATA_FILE), ("offset", offset), ("length", length)]:
                tensor.external_data.add(key=key, value=str(value))
            initializers.append(tensor)
        return name

    def constant(values) -> str:
        name = f"constant_{len(initializers)}"
        initializers.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def add(op: str, *inputs: str, output: str | None = None, **attributes) -> str:
        output = output or f"{op}_{len(nodes)}"
        nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output

    def norm(x: str, name: str) -> str:
        return add(
            "LayerNormalization",
            x,
            weight(f"bert.{name}.LayerNorm.weight"),
            weight(f"bert.{name}.LayerNorm.bias"),
            axis=-1,
            epsilon=CONFIG["layer_norm_eps"],
        )

    def linear(x: str, name: str) -> str:
        product = add("MatMul", x, add("Transpose", weight(f"bert.{name}.weight"), perm=[1, 0]))
        return add("Add", product, weight(f"bert.{name}.bias"))

    def split_heads(x: str, perm: list[int]) -> str:
        return add("Transpose", add("Reshape", x, constant(np.int64([0, 0, heads, size]))), perm=perm)

    length = add("Gather", add("Shape", "input_ids"), constant(np.int64(1)), axis=0)
    positions = add("Range", constant(np.int64(0)), length, constant(np.int64(1)))
    word = add("Gather", weight("bert.embeddings.word_embeddings.weight"), "input_ids")
    position = add("Gather", weight("bert.embeddings.position_embeddings.weight"), positions)
    segment = add("Gather", weight("bert.embeddings.token_type_embeddings.weight"), constant(np.int64(0)))
    x = norm(add("Add", add("Add", word, segment), position), "embeddings")
    attended = add("Unsqueeze", add("Cast", "attention_mask", to=TensorProto.FLOAT), constant(np.int64([1, 2])))
    lowest = constant(np.float32(np.finfo(np.float32).min))
    mask = add("Mul", add("Sub", constant(np.float32(1)), attended), lowest)
    for layer in range(CONFIG["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        q = split_heads(linear(x, f"{name}.attention.self.query"), [0, 2, 1, 3])
        k = split_heads(linear(x, f"{name}.attention.self.key"), [0, 2, 3, 1])
        v = split_heads(linear(x, f"{name}.attention.self.value"), [0, 2, 1, 3])
        scores = add("Div", add("MatMul", q, k), constant(np.float32(math.sqrt(size))))
        weights = add("Softmax", add("Add", scores, mask), axis=-1)
        context = add("Transpose", add("MatMul", weights, v), perm=[0, 2, 1, 3])
        joined = add("Reshape", context, constant(np.int64([0, 0, hidden])))
        y = norm(add("Add", linear(joined, f"{name}.attention.output.dense"), x), f"{name}.attention.output")
        inner = linear(y, f"{name}.intermediate.dense")
        erf = add("Erf", add("Div", inner, constant(np.float32(math.sqrt(2)))))
        gelu = add("Mul", add("Mul", inner, add("Add", erf, constant(np.float32(1)))), constant(np.float32(0.5)))
        x = norm(add("Add", linear(gelu, f"{name}.output.dense"), y), f"{name}.output")
    rows = add("MatMul", x, add("Transpose", weight("linear.weight"), perm=[1, 0]))
    lengths = add("Clip", add("ReduceL2", rows, axes=[-1], keepdims=1), constant(np.float32(1e-12)))
    add("Div", rows, lengths, output="contextual")
    axes = ["batch_size", "sequence_length"]
    graph = helper.make_graph(
        nodes,
        "colbert",
        [helper.make_tensor_value_info(name, TensorProto.INT64, axes) for name in ["input_ids", "attention_mask"]],
        [helper.make_tensor_value_info("contextual", TensorProto.FLOAT, [*axes, DIMENSION])],
        initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def encode_by_maths(parameters, ids: list[int], attended: int) -> np.ndarray:
    """ColBERT's rows of one text in float64: BERT on tokens of which the first `attended` are attended to, projected, unit length."""
    p = {name.removeprefix("bert."): values.astype(np.float64) for name, values in parameters.items()}
    heads = CONFIG["num_attention_heads"]

    def norm(x, name):
        centered = x - x.mean(-1, keepdims=True)
        deviation = np.sqrt((centered**2).mean(-1, keepdims=True) + CONFIG["layer_norm_eps"])
        return centered / deviation * p[f"{name}.LayerNorm.weight"] + p[f"{name}.LayerNorm.bias"]

    def linear(x, name):
        return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]

    x = p["embeddings.word_embeddings.weight"][ids] + p["embeddings.token_type_embeddings.weight"][0]
    x = norm(x + p["embeddings.position_embeddings.weight"][: len(ids)], "embeddings")
    erf = np.vectorize(math.erf)
    for layer in range(CONFIG["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        q, k, v = (
            linear(x, f"{name}.attention.self.{part}").reshape(len(ids), heads, -1).transpose(1, 0, 2)
            for part in ["query", "key", "value"]
        )
        scores = q @ k[:, :attended].transpose(0, 2, 1) / math.sqrt(q.shape[-1])
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        context = (weights @ v[:, :attended]).transpose(1, 0, 2).reshape(len(ids), -1)
        y = norm(linear(context, f"{name}.attention.output.dense") + x, f"{name}.attention.output")
        inner = linear(y, f"{name}.intermediate.dense")
        gelu = 0.5 * inner * (1 + erf(inner / math.sqrt(2)))
        x = norm(linear(gelu, f"{name}.output.dense") + y, f"{name}.output")
    rows = x @ p["linear.weight"].T
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


class TinyJina(JinaColbert):
    QUERY_MARKER_TOKEN_ID, DOCUMENT_MARKER_TOKEN_ID, MASK_TOKEN = 1, 2, "[MASK]"


class TinyLateOn(LateOn):
    QUERY_MARKER_TOKEN_ID, DOCUMENT_MARKER_TOKEN_ID = 1, 2


class TinyMLateOn(MLateOn):
    QUERY_MARKER_TOKEN_ID, DOCUMENT_MARKER_TOKEN_ID, MASK_TOKEN = 1, 2, "[MASK]"


# FastEmbed's class and the settings of our manifest that say the same
KINDS = {
    "colbert-ir/colbertv2.0": (Colbert, {}),
    "jinaai/jina-colbert-v2": (TinyJina, {"attendToMaskTokens": True}),
    "lightonai/LateOn": (TinyLateOn, {"queryTokens": None, "skipTokens": []}),
    "lightonai/mLateOn": (TinyMLateOn, {"queryTokens": None, "skipPunctuation": False, "skipTokens": []}),
}


def read_ids(model, text: str, is_doc: bool) -> tuple[list[int], list[int]]:
    """Token ids of one text alone and its attention, as FastEmbed feeds them."""
    encoded = model.tokenize([text], is_doc=is_doc)[0]
    inputs = {"input_ids": np.array([encoded.ids]), "attention_mask": np.array([encoded.attention_mask])}
    inputs = model._preprocess_onnx_input(inputs, is_doc=is_doc)
    return inputs["input_ids"][0].tolist(), inputs["attention_mask"][0].tolist()


def check_rows(model, parameters, text: str, rows: np.ndarray, is_doc: bool) -> None:
    """FastEmbed's rows against the maths: all of a query, of a document those that are not skipped."""
    ids, attention = read_ids(model, text, is_doc)
    expected = encode_by_maths(parameters, ids, sum(attention))
    if is_doc:
        skipped = set(model.skip_list) | (set() if isinstance(model, LateOn) else {model.pad_token_id})
        expected = expected[[i for i, token in enumerate(ids) if token not in skipped]]
    assert rows.shape == expected.shape, (rows.shape, expected.shape)
    worst = float(np.abs(rows - expected).max())
    assert worst < TOLERANCE, worst


def encode_all(folder: Path, parameters, kind: str) -> dict:
    model_class, settings = KINDS[kind]
    model = model_class(kind, specific_model_path=str(folder), threads=1)
    documents = [np.asarray(rows) for rows in model.embed(TEXTS)]
    queries = [np.asarray(rows) for rows in model.query_embed(TEXTS)]
    for text, document, query in zip(TEXTS, documents, queries):
        check_rows(model, parameters, text, document, True)
        check_rows(model, parameters, text, query, False)
    return {
        "name": kind,
        "settings": settings,
        "max_tokens": model.tokenizer.truncation["max_length"] + 1,
        "documents": [round_rows(rows) for rows in documents],
        "queries": [round_rows(rows) for rows in queries],
    }


def round_rows(rows: np.ndarray) -> list[list[float]]:
    return [[round(float(value), 6) for value in row] for row in rows]


def main() -> None:
    parameters = random_parameters()
    checkpoint, ranges = encode_safetensors(parameters)
    model = build_onnx(parameters, ranges)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # FastEmbed wants the file under the name of the model's own repository
        for file in ["model.onnx", "onnx/model.onnx"]:
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_bytes(model.SerializeToString())
            (folder / file).with_name(DATA_FILE).write_bytes(checkpoint)
        for file in ["tokenizer.json", "special_tokens_map.json"]:
            shutil.copy(TOKENIZER / file, folder)
        limits = json.loads((TOKENIZER / "tokenizer_config.json").read_text())
        limits.update(model_max_length=MODEL_MAX_LENGTH, max_length=MODEL_MAX_LENGTH)
        (folder / "tokenizer_config.json").write_text(json.dumps(limits))
        (folder / "config.json").write_text(json.dumps(CONFIG))
        kinds = [encode_all(folder, parameters, kind) for kind in KINDS]
    fixture = {
        "meta": {
            "fastembed": fastembed_version,
            "config": CONFIG,
            "dimension": DIMENSION,
            "seed": SEED,
            "head_seed": HEAD_SEED,
            "checkpoint_sha256": hashlib.sha256(checkpoint).hexdigest(),
        },
        "onnx_base64": base64.b64encode(model.SerializeToString()).decode(),
        "texts": TEXTS,
        "kinds": kinds,
    }
    (FIXTURES / "colbert_tiny.json").write_text(json.dumps(fixture, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
