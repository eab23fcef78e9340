"""llama-index-vector-stores-qdrant, unmodified, against `offgrid serve --qdrant-port`: an index, filters, hybrid queries, deleting."""

import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)
from llama_index.vector_stores.qdrant import QdrantVectorStore
from offgrid_embed import QDRANT_URL, QUESTION, TEXTS, TOKEN, embed
from qdrant_client import QdrantClient


def words(texts):
    """A word is its hash: enough to see that sparse vectors arrive."""
    found = [
        sorted({sum(word.encode()) * 31 + len(word) for word in text.lower().strip("?.").split()}) for text in texts
    ]
    return found, [[1.0] * len(each) for each in found]


client = QdrantClient(url=QDRANT_URL, api_key=TOKEN)
name = f"llamaindex-{uuid.uuid4().hex[:8]}"
store = QdrantVectorStore(
    collection_name=name, client=client, enable_hybrid=True, sparse_doc_fn=words, sparse_query_fn=words
)
try:
    nodes = [
        TextNode(
            text=text,
            metadata={"n": n},
            embedding=vector,
            relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=f"source-{n}")},
        )
        for n, (text, vector) in enumerate(zip(TEXTS, embed(TEXTS)))
    ]
    assert len(store.add(nodes)) == len(TEXTS)
    vector = embed([QUESTION])[0]
    found = store.query(VectorStoreQuery(query_embedding=vector, similarity_top_k=2))
    assert found.nodes[0].text == TEXTS[0] and found.similarities[0] > 0
    hybrid = store.query(
        VectorStoreQuery(
            query_embedding=vector,
            query_str=QUESTION,
            mode=VectorStoreQueryMode.HYBRID,
            similarity_top_k=2,
            sparse_top_k=3,
        )
    )
    assert hybrid.nodes[0].text == TEXTS[0]
    only = MetadataFilters(filters=[MetadataFilter(key="n", value=2)])
    assert [node.text for node in store.get_nodes(filters=only)] == [TEXTS[2]]
    store.delete("source-0")
    assert client.count(name).count == len(TEXTS) - 1
finally:
    client.delete_collection(name)
print("llama-index-vector-stores-qdrant: as it should be")
