#!/usr/bin/env python3
"""Writes test/parity/fixtures/stems_dutch_bytes.json: Dutch words whose first region FastEmbed's stemmer begins at a byte.

    /tmp/venv/bin/pip install 'py_rust_stemmers==0.1.8' && /tmp/venv/bin/python scripts/make-dutch-stems-fixture.py
"""
import json
import random
from pathlib import Path

import py_rust_stemmers

OUT = Path(__file__).parent.parent / "test/parity/fixtures/stems_dutch_bytes.json"
SEED = 7
WORDS = 1500
ENDINGS = ["e", "en", "s", "se", "heid", "heden", "ene", "ing", "end", "lijk", "baar", "bar", "ig", "te", "ieve", "eër", "jes", ""]

rng = random.Random(SEED)
stemmer = py_rust_stemmers.SnowballStemmer("dutch")
stems = {}
while len(stems) < WORDS:
    start = rng.choice("aeiouyèéëï") + rng.choice("bdkrsnyijñşßçœø𐐀") + "".join(rng.choice("aeirnè") for _ in range(rng.randrange(3)))
    word = start + rng.choice(ENDINGS) + rng.choice(ENDINGS)
    stems[word] = stemmer.stem_word(word)
OUT.write_text(json.dumps(stems, ensure_ascii=False, separators=(",", ":")) + "\n")
