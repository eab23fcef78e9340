"""OpenVINO as a peer of `offgrid bench`: one request as JSON in the first argument, one measurement as JSON on stdout.

The request: task ("dense"), precision ("fp32", "bf16" or "int8"), documents (JSONL with "text"), limit, workers, batchSize,
model (folder with model.onnx and tokenizer.json), cache (folder for quantized models), vectorsPrefix.

Texts are taken by length and padded to the longest of their batch; as many streams run as there are workers. int8 is NNCF's static
quantization, calibrated on the first texts of the corpus itself; it is made once and kept in the cache.
"""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import openvino
from openvino import opset8 as ops
from tokenizers import Tokenizer

from dense_peer import answer, measure, read_texts

CALIBRATION_TEXTS = 300
MAX_TOKENS = 256
HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
NAMES = ("input_ids", "attention_mask", "token_type_ids")


def open_tokenizer(request):
    tokenizer = Tokenizer.from_file(str(Path(request["model"]) / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def add_pooling(model):
    """The mean over the mask and its L2 norm, inside the graph: 384 floats a text leave it."""
    hidden = model.outputs[0].get_node().input_value(0)
    mask = next(each for each in model.get_parameters() if "attention_mask" in each.output(0).get_names())
    weights = ops.unsqueeze(ops.convert(mask, "f32"), ops.constant([2]))
    pooled = ops.reduce_sum(ops.multiply(hidden, weights), ops.constant([1]))
    embedding = ops.normalize_l2(pooled, ops.constant([1]), 1e-12, "max")
    return openvino.Model([ops.result(embedding)], model.get_parameters(), "encoder")


def feeds_of(encodings):
    longest = max(len(encoding.ids) for encoding in encodings)
    ids = numpy.zeros((len(encodings), longest), dtype=numpy.int64)
    mask = numpy.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = encoding.ids
        mask[row, : len(encoding.ids)] = 1
    return dict(zip(NAMES, (ids, mask, numpy.zeros_like(ids))))


def quantize(request, model, tokenizer):
    import nncf

    texts = read_texts(request, CALIBRATION_TEXTS)
    digest = hashlib.sha256(json.dumps([openvino.__version__, nncf.__version__, texts]).encode()).hexdigest()
    file = Path(request["cache"]) / f"int8-{digest[:16]}.xml"
    if not file.exists():
        dataset = nncf.Dataset([feeds_of([tokenizer.encode(text)]) for text in texts])
        quantized = nncf.quantize(
            model, dataset, model_type=nncf.ModelType.TRANSFORMER, subset_size=CALIBRATION_TEXTS
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        openvino.save_model(quantized, file, compress_to_fp16=False)
    return openvino.Core().read_model(file)


def open_model(request, tokenizer):
    core = openvino.Core()
    model = add_pooling(core.read_model(Path(request["model"]) / "model.onnx"))
    if request["precision"] == "int8":
        model = quantize(request, model, tokenizer)
    options = {
        "NUM_STREAMS": request["workers"],
        "INFERENCE_NUM_THREADS": request["workers"],
        "INFERENCE_PRECISION_HINT": HINTS[request["precision"]],
    }
    return core.compile_model(model, "CPU", options)


def embed(request, compiled, tokenizer, texts):
    """float32 [texts, dimension] in the order of the texts, and their tokens."""
    encodings = tokenizer.encode_batch(texts)
    order = sorted(range(len(texts)), key=lambda i: -len(encodings[i].ids))
    size = request["batchSize"]
    batches = iter([order[begin : begin + size] for begin in range(0, len(order), size)])
    vectors = [None] * len(texts)

    # a thread for each stream, which takes the next batch: the callbacks of AsyncInferQueue can wait for each other for ever
    def work(_):
        run = compiled.create_infer_request()
        # a list's iterator is taken from under the interpreter's lock
        for places in batches:
            run.infer(feeds_of([encodings[place] for place in places]))
            for place, vector in zip(places, run.get_output_tensor(0).data.copy()):
                vectors[place] = vector

    with ThreadPoolExecutor(request["workers"]) as threads:
        list(threads.map(work, range(request["workers"])))
    return numpy.stack(vectors), sum(len(encoding.ids) for encoding in encodings)


def run(request):
    tokenizer = open_tokenizer(request)
    compiled = open_model(request, tokenizer)
    return measure(request, lambda texts: embed(request, compiled, tokenizer, texts))


if __name__ == "__main__":
    answer(run)
