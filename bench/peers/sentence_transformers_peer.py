"""sentence-transformers as a peer of `offgrid bench`: one request as JSON in the first argument, one measurement as JSON on stdout.

The request: documents (JSONL with "text"), limit, workers, batchSize, checkpoint (folder of the published checkpoint),
maxTokens, vectorsPrefix. It sorts texts by length itself, and pads them to the longest of their batch.
"""

import torch
from sentence_transformers import SentenceTransformer, models

from dense_peer import answer, measure


def run(request):
    torch.set_num_threads(request["workers"])
    transformer = models.Transformer(request["checkpoint"], max_seq_length=request["maxTokens"])
    pooling = models.Pooling(transformer.get_word_embedding_dimension())
    model = SentenceTransformer(modules=[transformer, pooling, models.Normalize()], device="cpu")
    return measure(request, lambda texts: (model.encode(texts, batch_size=request["batchSize"]), None))


if __name__ == "__main__":
    answer(run)
