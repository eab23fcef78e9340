"""FastEmbed as a peer of `offgrid bench`: one request as JSON in the first argument, one measurement as JSON on stdout.

The request: task ("dense", "bm25" or "cold-start"), documents (JSONL with "text"), limit, workers, batchSize, parallel,
model (folder with model.onnx and tokenizer), stopwords (folder with english.txt), vectorsPrefix, startedAtMs.
"""

import json
import multiprocessing
import sys
import threading
import time

from peak_memory import high_water_bytes

WARM_UP_TEXTS = 16
WATCH_SECONDS = 0.05


class MemoryWatch(threading.Thread):
    """Sum of the highest memory of this process and its workers; pages that they share count once for each."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peaks = {}
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(WATCH_SECONDS):
            for child in multiprocessing.active_children():
                self.peaks[child.pid] = max(self.peaks.get(child.pid, 0), high_water_bytes(child.pid))

    def stop(self):
        """The sum, or None where the system does not tell."""
        self.stopped.set()
        self.join()
        own = high_water_bytes("self")
        return own + sum(self.peaks.values()) if own else None


def read_texts(request):
    with open(request["documents"], encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return texts[: request.get("limit", len(texts))]


def open_dense(request):
    from fastembed import TextEmbedding

    parallel = request["parallel"]
    return TextEmbedding(
        "sentence-transformers/all-MiniLM-L6-v2",
        threads=request["workers"] if parallel is None else None,
        specific_model_path=request["model"],
    )


def open_bm25(request):
    from fastembed import SparseTextEmbedding

    return SparseTextEmbedding("Qdrant/bm25", specific_model_path=request["stopwords"])


def write_vectors(request, vectors):
    prefix = request.get("vectorsPrefix")
    if prefix is None:
        return
    if request["task"] == "dense":
        import numpy

        numpy.stack(vectors).astype("<f4").tofile(f"{prefix}.dense.f32")
        return
    with open(f"{prefix}.sparse.jsonl", "w", encoding="utf-8") as file:
        for vector in vectors:
            json.dump({"indices": vector.indices.tolist(), "values": vector.values.tolist()}, file)
            file.write("\n")


def measure_embed(request, model):
    texts = read_texts(request)
    # FastEmbed itself runs fewer texts than a batch without processes
    parallel = request["parallel"] if len(texts) >= request["batchSize"] else None
    options = {"batch_size": request["batchSize"], "parallel": parallel}
    list(model.embed(texts[:WARM_UP_TEXTS], batch_size=request["batchSize"]))
    start_up = 0.0
    if parallel is not None:
        # each embed() starts its processes and loads the model anew: measured by itself and taken off, in FastEmbed's favour
        started = time.perf_counter()
        list(model.embed(["a"] * (request["batchSize"] + 1), **options))
        start_up = time.perf_counter() - started
    watch = MemoryWatch()
    watch.start()
    started = time.perf_counter()
    vectors = list(model.embed(texts, **options))
    total = time.perf_counter() - started
    seconds = max(total - start_up, 1e-9)
    peak = watch.stop()
    write_vectors(request, vectors)
    return {
        "value": len(texts) / seconds,
        "seconds": seconds,
        "texts": len(vectors),
        "tokens": int(model.token_count(texts)) if request["task"] == "dense" else None,
        "peakRssBytes": peak,
        "details": {"secondsWithStartUp": total, "startUpSeconds": start_up},
    }


def measure_cold_start(request):
    model = open_dense(request)
    vector = next(iter(model.embed(["What is relapsing polychondritis?"])))
    milliseconds = time.time() * 1000 - request["startedAtMs"]
    return {
        "value": milliseconds,
        "seconds": milliseconds / 1000,
        "texts": 1,
        "tokens": None,
        "peakRssBytes": high_water_bytes("self") or None,
        "details": {"checksum": float(vector[0])},
    }


def main():
    request = json.loads(sys.argv[1])
    if request["task"] == "cold-start":
        result = measure_cold_start(request)
    else:
        result = measure_embed(request, open_bm25(request) if request["task"] == "bm25" else open_dense(request))
    print(json.dumps(result))


# FastEmbed's worker processes import this file again
if __name__ == "__main__":
    main()
