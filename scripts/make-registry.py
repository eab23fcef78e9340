"""Writes models/registry.json: the text models that FastEmbed lists, as data.

    python scripts/make-registry.py        (with fastembed 0.9.1 installed)

Names, sizes, licences, sources and files are FastEmbed's own lists; pooling and normalization follow from the class that
FastEmbed runs a model with. What FastEmbed does not know, the words that a model was trained to see before a text, stands below
and comes from the models' cards. What else the file holds is kept as it is, for it is written by hand: the models of others that are
known (`others`), other names of a model (`aliases`), and the SHA-256 sums of published files (`sums`).
"""

import json
import re
from importlib.metadata import version
from pathlib import Path

from fastembed import LateInteractionTextEmbedding, SparseTextEmbedding, TextEmbedding
from fastembed.rerank.cross_encoder import TextCrossEncoder

SEARCH_QUERY = "Represent this sentence for searching relevant passages: "
WEB_SEARCH = "Given a web search query, retrieve relevant passages that answer the query"

# name, or the beginning of names, in lower case: (query prefix, passage prefix)
PREFIXES = {
    "baai/bge-base-en": (SEARCH_QUERY, ""),
    "baai/bge-large-en": (SEARCH_QUERY, ""),
    "baai/bge-small-en": (SEARCH_QUERY, ""),
    "baai/bge-small-zh": ("为这个句子生成表示以用于检索相关文章：", ""),
    "google/embeddinggemma": ("task: search result | query: ", "title: none | text: "),
    "intfloat/multilingual-e5": ("query: ", "passage: "),
    "jinaai/jina-embeddings-v3": (
        "Represent the query for retrieving evidence documents: ",
        "Represent the document for retrieval: ",
    ),
    "mixedbread-ai/mxbai-embed": (SEARCH_QUERY, ""),
    "nomic-ai/nomic-embed-text": ("search_query: ", "search_document: "),
    "qdrant/stella-en-400m-v5": (f"Instruct: {WEB_SEARCH}.\nQuery: ", ""),
    "qwen/qwen3-embedding": (f"Instruct: {WEB_SEARCH}\nQuery:", ""),
    "snowflake/snowflake-arctic-embed": (SEARCH_QUERY, ""),
}

# FastEmbed's class: how we run its models
FORMS = {
    "OnnxTextEmbedding": {"pooling": "cls"},
    "CLIPOnnxEmbedding": {"pooling": "none", "normalize": False},
    # the fixed length that it was trained at is filled up with <pad>
    "SiglipOnnxTextEmbedding": {"pooling": "none", "output": "pooler_output", "settings": {"padId": 0}},
    "PooledNormalizedEmbedding": {"pooling": "mean"},
    "PooledEmbedding": {"pooling": "mean", "normalize": False},
    "JinaEmbeddingV3": {"pooling": "mean", "settings": {"tasks": {"document": 1, "query": 0}}},
    "BuiltinSentenceEmbedding": {"pooling": "none", "normalize": False, "output": 1},
    "LastTokenNormalizedEmbedding": {"pooling": "lastToken"},
    "StaticTextEmbedding": {"pooling": "mean", "architecture": "static"},
    "Bm25": {"architecture": "bm25"},
    "Bm42": {"architecture": "bm42"},
    "MiniCOIL": {"architecture": "minicoil"},
    "SpladePP": {"architecture": "splade"},
    "IfSplade": {"architecture": "idf-splade"},
    "Colbert": {"architecture": "colbert"},
    "JinaColbert": {
        "architecture": "colbert",
        "settings": {
            "queryMarker": 250002,
            "documentMarker": 250003,
            "maskToken": "<mask>",
            "attendToMaskTokens": True,
            "skipTokens": ["<pad>"],
        },
    },
    "LateOn": {
        "architecture": "colbert",
        "settings": {"queryMarker": 50368, "documentMarker": 50369, "queryTokens": None, "skipTokens": []},
    },
    "MLateOn": {
        "architecture": "colbert",
        "settings": {
            "queryMarker": 256000,
            "documentMarker": 256001,
            "maskToken": "<mask>",
            "queryTokens": None,
            "skipPunctuation": False,
            "skipTokens": [],
        },
    },
    "OnnxTextCrossEncoder": {"architecture": "cross-encoder"},
}

KINDS = {
    "dense": TextEmbedding.EMBEDDINGS_REGISTRY,
    "sparse": SparseTextEmbedding.EMBEDDINGS_REGISTRY,
    "late": LateInteractionTextEmbedding.EMBEDDINGS_REGISTRY,
    "reranker": TextCrossEncoder.CROSS_ENCODER_REGISTRY,
}


def max_tokens_of(description: str) -> int | None:
    found = re.search(r"(\d+) input tokens truncation", description)
    return int(found[1]) if found else None


def prefixes_of(name: str) -> dict[str, str]:
    for beginning, (query, passage) in PREFIXES.items():
        if name.lower().startswith(beginning):
            prefixes = {"queryPrefix": query, "passagePrefix": passage}
            stated = {key: prefix for key, prefix in prefixes.items() if prefix}
            return {**stated, "promptSource": "model card"}
    return {}


def entry_of(kind: str, fastembed_class: str, model) -> dict:
    form = {"architecture": "transformer", "pooling": None, **FORMS[fastembed_class]}
    sources = {key: value for key, value in (("hf", model.sources.hf), ("url", model.sources.url)) if value}
    entry = {
        "name": model.model,
        "kind": kind,
        "architecture": form.pop("architecture"),
        "network": model.model_file,
        "additionalFiles": model.additional_files,
        "dimension": getattr(model, "dim", None),
        "maxTokens": max_tokens_of(model.description),
        **form,
        **prefixes_of(model.model),
        "licence": model.license,
        "sizeGb": model.size_in_GB,
        "sources": sources,
        "description": model.description,
    }
    if kind == "sparse":
        entry["vocabularySize"] = model.vocab_size
        entry["requiresIdf"] = bool(model.requires_idf)
    return entry


models = [
    entry_of(kind, registered.__name__, model)
    for kind, classes in KINDS.items()
    for registered in classes
    for model in registered._list_supported_models()
]
target = Path(__file__).resolve().parent.parent / "models" / "registry.json"
written_by_hand = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
listing = {**written_by_hand, "source": f"FastEmbed {version('fastembed')}", "models": models}
target.write_text(json.dumps(listing, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
