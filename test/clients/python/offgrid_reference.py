"""What every client script here needs: where the service is, and the bits that it should give.

OFFGRID_URL is the address of `offgrid serve`, OFFGRID_TOKEN its token, if it has one.
"""

import json
import os
import struct
import urllib.request

URL = os.environ.get("OFFGRID_URL", "http://127.0.0.1:6380").rstrip("/")
TOKEN = os.environ.get("OFFGRID_TOKEN") or "none"
DENSE = "sentence-transformers/all-MiniLM-L6-v2"
LATE = "offgrid/all-MiniLM-L6-v2-late"
TEXTS = ["A river in France.", "Gout is a painful joint disease."]
QUERY = "What is gout?"


def ask(path, body=None):
    """A request by the standard library alone."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
    with urllib.request.urlopen(urllib.request.Request(URL + path, data, headers)) as response:
        return json.load(response)


def dense(texts):
    """The library's vectors: a test of the project holds /infer against it, bit for bit."""
    inputs = [{"data": text, "data_type": "text", "model": DENSE, "options": {"prompts": "none"}} for text in texts]
    return ask("/infer", {"inputs": inputs})["embeddings"]


def bits(vector):
    """The float32 values as bytes."""
    return struct.pack(f"<{len(vector)}f", *vector)


def require_same(got, expected, what):
    """Ends the script unless both are the same float32 values."""
    if [bits(each) for each in got] != [bits(each) for each in expected]:
        raise SystemExit(f"{what}: the vectors differ from the library's")
    print(f"{what}: {len(got)} vectors with the library's bits")


def require(condition, what):
    if not condition:
        raise SystemExit(f"{what}: not so")
    print(what)
