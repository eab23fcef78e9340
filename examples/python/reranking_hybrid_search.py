"""
Qdrant's tutorial of hybrid search with reranking: 20 candidates of dense vectors and 20 of BM25, of which late interaction orders 10.

Unchanged but for the address, and for the late-interaction model, which is one that comes with the program
(`offgrid/all-MiniLM-L6-v2-late` for `colbert-ir/colbertv2.0`).
https://qdrant.tech/documentation/search-precision/reranking-hybrid-search/

OFFGRID_QDRANT_URL, OFFGRID_TOKEN: another address and its token. MIRIAD: a file of passages, one JSON object a line.
"""

import json
import os

from qdrant_client import QdrantClient, models

client = QdrantClient(
    url=os.environ.get("OFFGRID_QDRANT_URL", "http://127.0.0.1:6333"),
    api_key=os.environ.get("OFFGRID_TOKEN"),
    cloud_inference=True,
    timeout=60,
)

DENSE = "sentence-transformers/all-MiniLM-L6-v2"
BM25 = "Qdrant/bm25"
LATE = "offgrid/all-MiniLM-L6-v2-late"
SAMPLE = os.path.join(os.path.dirname(__file__), "..", "..", "bench", "sample", "medical-qa.jsonl")

with open(os.environ.get("MIRIAD", SAMPLE), encoding="utf-8") as lines:
    records = [json.loads(line) for line, _ in zip(lines, range(100))]
documents = [record.get("passage_text") or record["text"] for record in records]

collection_name = "hybrid-search"
if not client.collection_exists(collection_name):
    client.create_collection(
        collection_name,
        vectors_config={
            "all-MiniLM-L6-v2": models.VectorParams(size=384, distance=models.Distance.COSINE),
            "colbertv2.0": models.VectorParams(
                size=128,
                distance=models.Distance.COSINE,
                multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
                hnsw_config=models.HnswConfigDiff(m=0),
            ),
        },
        sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )

points = [
    models.PointStruct(
        id=idx,
        vector={
            "all-MiniLM-L6-v2": models.Document(text=doc, model=DENSE),
            "bm25": models.Document(text=doc, model=BM25),
            "colbertv2.0": models.Document(text=doc, model=LATE),
        },
        payload={"document": doc},
    )
    for idx, doc in enumerate(documents)
]
client.upload_points(collection_name=collection_name, points=points, batch_size=8)

query = "What is relapsing polychondritis?"
prefetch = [
    models.Prefetch(query=models.Document(text=query, model=DENSE), using="all-MiniLM-L6-v2", limit=20),
    models.Prefetch(query=models.Document(text=query, model=BM25), using="bm25", limit=20),
]
results = client.query_points(
    collection_name,
    prefetch=prefetch,
    query=models.Document(text=query, model=LATE),
    using="colbertv2.0",
    with_payload=True,
    limit=10,
)

print(f"{client.count(collection_name).count} points; {query}")
for point in results.points:
    print(f"{point.score:8.4f}  {point.payload['document'][:100]}")
