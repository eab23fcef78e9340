"""Makes test/parity/fixtures/muvera.json: what FastEmbed 0.9.1 computes. Needs fastembed:

    python scripts/make-muvera-fixtures.py

The rows that go in are a formula (`make_rows`), which the test knows too. Of an encoding the SHA-256 of its float64 bytes
(little-endian) is stored and, so that a difference can be looked at, every n-th number.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from fastembed.postprocess import Muvera

TARGET = Path(__file__).parent.parent / "test" / "parity" / "fixtures" / "muvera.json"
SAMPLES = 16

# dim, k_sim, dim_proj, r_reps, seed, documents (rows of each)
CASES = [
    (128, 5, 16, 20, 42, [1, 2, 7, 32, 180, 512]),
    (96, 5, 16, 20, 42, [1, 19, 300]),
    (128, 6, 32, 4, 42, [1, 33, 257]),
    (8, 2, 4, 3, 0, [1, 3, 40]),
    (8, 3, 8, 2, 7, [1, 5, 64]),
    (16, 0, 4, 5, 123456789, [1, 9]),
    (48, 1, 5, 7, 4294967296, [1, 6]),
    (384, 4, 16, 3, 9007199254740991, [1, 12]),
    (1, 5, 1, 4, 1, [1, 3]),
    (33, 7, 9, 2, 2**40 + 17, [1, 50]),
]


def make_rows(seed, rows, dim):
    """mulberry32, uniform in [-1, 1), as float32."""
    with np.errstate(over="ignore"):
        z = np.uint32(seed) + np.arange(1, rows * dim + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
        z = (z ^ (z >> np.uint32(15))) * (z | np.uint32(1))
        z = z ^ (z + (z ^ (z >> np.uint32(7))) * (z | np.uint32(61)))
        uniform = (z ^ (z >> np.uint32(14))) / 2.0**32
    return (2 * uniform - 1).astype(np.float32).reshape(rows, dim)


def describe(vector):
    step = max(1, len(vector) // SAMPLES)
    return {
        "length": len(vector),
        "sha256": hashlib.sha256(vector.astype("<f8").tobytes()).hexdigest(),
        "step": step,
        "samples": vector[::step].tolist(),
    }


def main():
    cases = []
    for dim, k_sim, dim_proj, r_reps, seed, sizes in CASES:
        muvera = Muvera(dim, k_sim, dim_proj, r_reps, seed)
        options = {"kSim": k_sim, "dimProj": dim_proj, "rReps": r_reps, "seed": seed}
        documents = []
        for rows in sizes:
            vectors = make_rows(rows, rows, dim)
            document, query = muvera.process_document(vectors), muvera.process_query(vectors)
            documents.append({"rows": rows, "document": describe(document), "query": describe(query)})
        cases.append({"dimension": dim, "options": options, "documents": documents})
    generator = np.random.default_rng(42)
    # enough normals that the rare branches of the ziggurat are among them: its edges and its tail
    normals = generator.normal(size=200_000)
    tail = [[int(i), float(normals[i])] for i in np.flatnonzero(np.abs(normals) > 3.6541528853610088)]
    numbers = {
        "normals": describe(normals),
        "tail": tail,
        "signs": "".join("+" if sign > 0 else "-" for sign in generator.choice([-1, 1], size=101)),
        "moreNormals": generator.normal(size=4).tolist(),
        "moreSigns": "".join("+" if sign > 0 else "-" for sign in generator.choice([-1, 1], size=33)),
    }
    TARGET.write_text(json.dumps({"generator": numbers, "cases": cases}, indent=1) + "\n")


main()
