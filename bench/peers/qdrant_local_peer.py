"""qdrant-client's local mode as a peer of `bench/hybrid-search.js`: one request as JSON in the first argument, one measurement as JSON on stdout.

The request: folder (dense.f32 [points, 384], sparse.offsets.u32 [points + 1], sparse.indices.u32, sparse.values.f32, texts.json, and
the same as query-… without texts), points, queries (how many to run), batchSize, path (null for `:memory:`). Points are made before
the clock starts.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from qdrant_client import QdrantClient, models

COLLECTION = "hybrid"
DIMENSION = 384


def peak_rss_bytes():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def read_vectors(folder, prefix, count):
    dense = np.fromfile(folder / f"{prefix}dense.f32", dtype=np.float32).reshape(-1, DIMENSION)[:count]
    offsets = np.fromfile(folder / f"{prefix}sparse.offsets.u32", dtype=np.uint32)
    indices = np.fromfile(folder / f"{prefix}sparse.indices.u32", dtype=np.uint32)
    values = np.fromfile(folder / f"{prefix}sparse.values.f32", dtype=np.float32)
    sparse = [
        models.SparseVector(indices=indices[begin:end].tolist(), values=values[begin:end].tolist())
        for begin, end in zip(offsets[:count], offsets[1 : count + 1])
    ]
    return dense.tolist(), sparse


def hybrid(client, dense, sparse):
    prefetch = [
        models.Prefetch(query=dense, using="dense", limit=20),
        models.Prefetch(query=sparse, using="bm25", limit=20),
    ]
    fusion = models.FusionQuery(fusion=models.Fusion.RRF)
    return client.query_points(COLLECTION, prefetch=prefetch, query=fusion, limit=10).points


def main():
    request = json.loads(sys.argv[1])
    folder = Path(request["folder"])
    texts = json.loads((folder / "texts.json").read_text())
    dense, sparse = read_vectors(folder, "", request["points"])
    points = [
        models.PointStruct(id=i, vector={"dense": dense[i], "bm25": sparse[i]}, payload={"n": i, "document": texts[i % len(texts)]})
        for i in range(request["points"])
    ]
    client = QdrantClient(path=request["path"]) if request["path"] else QdrantClient(":memory:")
    client.create_collection(
        COLLECTION,
        vectors_config={"dense": models.VectorParams(size=DIMENSION, distance=models.Distance.COSINE)},
        sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )
    started, cpu_started = time.perf_counter(), time.process_time()
    for begin in range(0, len(points), request["batchSize"]):
        client.upsert(COLLECTION, points[begin : begin + request["batchSize"]])
    ingest_seconds, ingest_cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started

    dense, sparse = read_vectors(folder, "query-", request["queries"])
    hybrid(client, dense[0], sparse[0])
    times = []
    cpu_times = []
    hits = []
    for i in range(len(dense)):
        begin, cpu_begin = time.perf_counter(), time.process_time()
        found = hybrid(client, dense[i], sparse[i])
        times.append((time.perf_counter() - begin) * 1000)
        cpu_times.append((time.process_time() - cpu_begin) * 1000)
        hits.append([point.id for point in found])
    result = {"ingestSeconds": ingest_seconds, "ingestCpuSeconds": ingest_cpu_seconds, "times": times, "cpuTimes": cpu_times}
    print(json.dumps({**result, "hits": hits, "peakRssBytes": peak_rss_bytes()}))


if __name__ == "__main__":
    main()
