"""mem0ai's Qdrant store, unmodified, against `offgrid serve --qdrant-port`: the part of mem0 that needs no language model."""

import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
os.environ["MEM0_TELEMETRY"] = "False"
from mem0.vector_stores.qdrant import Qdrant
from offgrid_embed import QDRANT_URL, QUESTION, TEXTS, TOKEN, embed
from qdrant_client import QdrantClient

name = f"mem0-{uuid.uuid4().hex[:8]}"
client = QdrantClient(url=QDRANT_URL, api_key=TOKEN)
store = Qdrant(collection_name=name, embedding_model_dims=384, client=client)
try:
    ids = [str(uuid.uuid4()) for _ in TEXTS]
    payloads = [{"data": text, "user_id": f"u{n % 2}"} for n, text in enumerate(TEXTS)]
    store.insert(vectors=embed(TEXTS), payloads=payloads, ids=ids)
    vector = embed([QUESTION])[0]
    assert store.search(query=QUESTION, vectors=vector, top_k=1)[0].payload["data"] == TEXTS[0]
    mine = store.search(query=QUESTION, vectors=vector, top_k=5, filters={"user_id": "u1"})
    assert {hit.payload["data"] for hit in mine} == {TEXTS[1], TEXTS[3]}
    assert store.get(ids[2]).payload["data"] == TEXTS[2]
    store.update(ids[2], vector=embed(["Changed."])[0], payload={"data": "Changed.", "user_id": "u0"})
    assert store.get(ids[2]).payload["data"] == "Changed."
    listed = store.list(filters={"user_id": "u0"}, top_k=10)
    assert len(listed[0]) == 2, listed
    store.delete(ids[2])
    assert store.get(ids[2]) is None
    assert name in [each.name for each in store.list_cols().collections]
finally:
    store.delete_col()
print("mem0ai: as it should be")
