"""langchain-qdrant, unmodified, against `offgrid serve --qdrant-port`: dense, sparse and hybrid retrieval, filters, MMR, deleting."""

import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_qdrant import QdrantVectorStore, RetrievalMode, SparseEmbeddings, SparseVector
from offgrid_embed import QDRANT_URL, QUESTION, TEXTS, TOKEN, embed
from qdrant_client import models


class Dense(Embeddings):
    def embed_documents(self, texts):
        return embed(texts)

    def embed_query(self, text):
        return embed([text])[0]


class Words(SparseEmbeddings):
    """A word is its hash: enough to see that sparse vectors arrive."""

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        words = sorted({sum(word.encode()) * 31 + len(word) for word in text.lower().strip("?.").split()})
        return SparseVector(indices=words, values=[1.0] * len(words))


name = f"langchain-{uuid.uuid4().hex[:8]}"
documents = [Document(page_content=text, metadata={"n": n}) for n, text in enumerate(TEXTS)]
store = QdrantVectorStore.from_documents(
    documents,
    embedding=Dense(),
    sparse_embedding=Words(),
    url=QDRANT_URL,
    api_key=TOKEN,
    collection_name=name,
    retrieval_mode=RetrievalMode.HYBRID,
)
try:
    [(best, score)] = store.similarity_search_with_score(QUESTION, k=1)
    assert best.page_content == TEXTS[0] and score > 0, (best, score)
    condition = models.Filter(must=[models.FieldCondition(key="metadata.n", match=models.MatchValue(value=1))])
    assert [each.metadata["n"] for each in store.similarity_search(QUESTION, filter=condition)] == [1]
    dense = QdrantVectorStore.from_existing_collection(
        collection_name=name, embedding=Dense(), url=QDRANT_URL, api_key=TOKEN
    )
    assert dense.similarity_search(QUESTION, k=1)[0].page_content == TEXTS[0]
    assert len(dense.max_marginal_relevance_search(QUESTION, k=2, fetch_k=4)) == 2
    ids = dense.add_documents([Document(page_content="Bone is hard.", metadata={"n": 9})])
    assert dense.get_by_ids(ids)[0].page_content == "Bone is hard."
    assert dense.delete(ids) and dense.get_by_ids(ids) == []
    assert store.as_retriever(search_kwargs={"k": 2}).invoke(QUESTION)[0].page_content == TEXTS[0]
    try:
        store.client.get_collection("nobody")
        raise AssertionError("a collection that is not there was found")
    except Exception as error:
        assert "nobody" in str(error) and "exist" in str(error), error
finally:
    store.client.delete_collection(name)
print("langchain-qdrant: as it should be")
