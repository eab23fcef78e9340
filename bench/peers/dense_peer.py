"""What peers of `offgrid bench` that embed batches have in common: the texts of a request, the measurement, and its answer on stdout."""

import json
import sys
import time

from peak_memory import high_water_bytes

WARM_UP_TEXTS = 16


def read_texts(request, count=None):
    with open(request["documents"], encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return texts[: count or request.get("limit", len(texts))]


def measure(request, embed):
    """The measurement of `embed`, which gives float32 [texts, dimension] in the order of its texts, and their tokens or None."""
    texts = read_texts(request)
    embed(texts[:WARM_UP_TEXTS])
    started = time.perf_counter()
    vectors, tokens = embed(texts)
    seconds = max(time.perf_counter() - started, 1e-9)
    if request.get("vectorsPrefix") is not None:
        vectors.astype("<f4").tofile(f"{request['vectorsPrefix']}.dense.f32")
    return {
        "value": len(texts) / seconds,
        "seconds": seconds,
        "texts": len(vectors),
        "tokens": tokens,
        "peakRssBytes": high_water_bytes("self") or None,
        "details": {},
    }


def answer(run):
    """Runs the request of the first argument; what libraries print goes to stderr."""
    sys.stdout, out = sys.stderr, sys.stdout
    print(json.dumps(run(json.loads(sys.argv[1]))), file=out)
