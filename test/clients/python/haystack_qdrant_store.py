"""qdrant-haystack, unmodified, against `offgrid serve --qdrant-port`: writing, filters, dense, sparse and hybrid retrieval, deleting."""

import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from haystack import Document
from haystack.dataclasses.sparse_embedding import SparseEmbedding
from haystack.document_stores.types import DuplicatePolicy
from haystack.utils import Secret
from haystack_integrations.components.retrievers.qdrant import (
    QdrantEmbeddingRetriever,
    QdrantHybridRetriever,
    QdrantSparseEmbeddingRetriever,
)
from haystack_integrations.document_stores.qdrant import QdrantDocumentStore
from offgrid_embed import QDRANT_URL, QUESTION, TEXTS, TOKEN, embed

store = QdrantDocumentStore(
    url=QDRANT_URL,
    api_key=Secret.from_token(TOKEN) if TOKEN else None,
    index=f"haystack-{uuid.uuid4().hex[:8]}",
    embedding_dim=384,
    use_sparse_embeddings=True,
    recreate_index=True,
    wait_result_from_api=True,
)
try:
    documents = [
        Document(
            content=text,
            meta={"n": n},
            embedding=vector,
            sparse_embedding=SparseEmbedding(indices=[n, 100], values=[1.0, 0.5]),
        )
        for n, (text, vector) in enumerate(zip(TEXTS, embed(TEXTS)))
    ]
    assert store.write_documents(documents, policy=DuplicatePolicy.OVERWRITE) == len(TEXTS)
    assert store.count_documents() == len(TEXTS)
    only = {"field": "meta.n", "operator": "==", "value": 2}
    assert [each.content for each in store.filter_documents(only)] == [TEXTS[2]]
    vector, words = embed([QUESTION])[0], SparseEmbedding(indices=[0], values=[1.0])
    dense = QdrantEmbeddingRetriever(document_store=store, top_k=2).run(query_embedding=vector)
    assert dense["documents"][0].content == TEXTS[0] and dense["documents"][0].score > 0
    sparse = QdrantSparseEmbeddingRetriever(document_store=store).run(query_sparse_embedding=words)
    assert [each.content for each in sparse["documents"]] == [TEXTS[0]]
    hybrid = QdrantHybridRetriever(document_store=store, top_k=2).run(
        query_embedding=vector, query_sparse_embedding=words
    )
    assert hybrid["documents"][0].content == TEXTS[0]
    store.delete_documents([documents[0].id])
    assert store.count_documents() == len(TEXTS) - 1
finally:
    store._client.delete_collection(store.index)
print("qdrant-haystack: as it should be")
