"""Dense vectors of `offgrid serve`, for clients that bring none of their own."""

import json
import os
import urllib.request

URL = os.environ.get("OFFGRID_URL", "http://127.0.0.1:6380")
QDRANT_URL = os.environ.get("OFFGRID_QDRANT_URL", "http://127.0.0.1:6333")
TOKEN = os.environ.get("OFFGRID_TOKEN") or None
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
TEXTS = [
    "Cartilage is a connective tissue.",
    "Gout hurts in the big toe.",
    "The heart pumps blood.",
    "A river flows to the sea.",
]
QUESTION = "What is cartilage?"


def embed(texts):
    body = json.dumps({"model": MODEL, "input": list(texts)}).encode()
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {TOKEN}"} if TOKEN else {})}
    with urllib.request.urlopen(urllib.request.Request(f"{URL}/v1/embeddings", body, headers)) as response:
        return [each["embedding"] for each in json.load(response)["data"]]
