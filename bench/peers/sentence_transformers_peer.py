"""sentence-transformers as a peer of `offgrid bench`: one request as JSON in the first argument, one measurement as JSON on stdout.

The request: documents (JSONL with "text"), limit, workers, batchSize, checkpoint (folder of the published checkpoint),
maxTokens, vectorsPrefix. It sorts texts by length itself, and pads them to the longest of their batch.
"""

import json
import sys
import time

import torch
from sentence_transformers import SentenceTransformer, models

from peak_memory import high_water_bytes

WARM_UP_TEXTS = 16


def main():
    request = json.loads(sys.argv[1])
    torch.set_num_threads(request["workers"])
    transformer = models.Transformer(request["checkpoint"], max_seq_length=request["maxTokens"])
    pooling = models.Pooling(transformer.get_word_embedding_dimension())
    model = SentenceTransformer(modules=[transformer, pooling, models.Normalize()], device="cpu")
    with open(request["documents"], encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    texts = texts[: request.get("limit", len(texts))]
    model.encode(texts[:WARM_UP_TEXTS], batch_size=request["batchSize"])
    started = time.perf_counter()
    vectors = model.encode(texts, batch_size=request["batchSize"])
    seconds = max(time.perf_counter() - started, 1e-9)
    if request.get("vectorsPrefix") is not None:
        vectors.astype("<f4").tofile(f"{request['vectorsPrefix']}.dense.f32")
    return {
        "value": len(texts) / seconds,
        "seconds": seconds,
        "texts": len(vectors),
        "tokens": None,
        "peakRssBytes": high_water_bytes("self") or None,
        "details": {},
    }


# what libraries print must not get between the measurement and who reads it
if __name__ == "__main__":
    sys.stdout, answer = sys.stderr, sys.stdout
    print(json.dumps(main()), file=answer)
