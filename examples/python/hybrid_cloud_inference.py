"""
Qdrant's tutorial of cloud inference: 100 passages of MIRIAD as documents, hybrid search over dense vectors and BM25, fused by rank.

Unchanged but for the address: it is that of `offgrid serve --qdrant-port 6333`, and no Qdrant is installed.
https://qdrant.tech/documentation/tutorials-basics/cloud-inference-hybrid-search/

OFFGRID_QDRANT_URL, OFFGRID_TOKEN: another address and its token. MIRIAD: a file of passages, one JSON object a line.
"""

import json
import os
import uuid

from qdrant_client import QdrantClient, models

client = QdrantClient(
    url=os.environ.get("OFFGRID_QDRANT_URL", "http://127.0.0.1:6333"),
    api_key=os.environ.get("OFFGRID_TOKEN"),
    cloud_inference=True,
    timeout=30,
)

collection_name = "my-hybrid-search-collection"
if not client.collection_exists(collection_name):
    client.create_collection(
        collection_name=collection_name,
        vectors_config={"dense_vector": models.VectorParams(size=384, distance=models.Distance.COSINE)},
        sparse_vectors_config={"bm25_sparse_vector": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )

dense_model = "sentence-transformers/all-minilm-l6-v2"
bm25_model = "qdrant/bm25"
SAMPLE = os.path.join(os.path.dirname(__file__), "..", "..", "bench", "sample", "medical-qa.jsonl")


def passages():
    with open(os.environ.get("MIRIAD", SAMPLE), encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield record.get("passage_text") or record["text"], record


points = []
for idx, (passage, record) in enumerate(passages()):
    if idx == 100:
        break
    points.append(
        models.PointStruct(
            id=uuid.uuid4().hex,
            payload=record,
            vector={
                "dense_vector": models.Document(text=passage, model=dense_model),
                "bm25_sparse_vector": models.Document(text=passage, model=bm25_model),
            },
        )
    )

client.upload_points(collection_name=collection_name, points=points, batch_size=8)

query_text = "What is relapsing polychondritis?"
results = client.query_points(
    collection_name=collection_name,
    prefetch=[
        models.Prefetch(query=models.Document(text=query_text, model=bm25_model), using="bm25_sparse_vector", limit=5),
        models.Prefetch(query=models.Document(text=query_text, model=dense_model), using="dense_vector", limit=5),
    ],
    query=models.FusionQuery(fusion=models.Fusion.RRF),
    limit=5,
    with_payload=True,
)

print(f"{client.count(collection_name).count} points; {query_text}")
for point in results.points:
    text = point.payload.get("passage_text") or point.payload["text"]
    print(f"{point.score:.4f}  {text[:100]}")
