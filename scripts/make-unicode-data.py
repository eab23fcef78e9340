#!/usr/bin/env python3
"""Writes src/tokenizers/unicode/unicode-data.ts: how the native `tokenizers` (0.23) classes every code point.

Its crates carry Unicode tables of several ages, none of them Node's. Everything here is asked of the package itself, code
point by code point. Canonical combining classes alone are Python's, for the code points that the package knows as marks,
too: they never change once they are assigned.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install 'tokenizers==0.23.*'
    /tmp/venv/bin/python scripts/make-unicode-data.py && npx biome format --write src/tokenizers/unicode/unicode-data.ts
"""
import base64
import json
import struct
import sys
import unicodedata
import zlib
from pathlib import Path

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

OUT = Path(__file__).parent.parent / "src/tokenizers/unicode/unicode-data.ts"
CODES = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
GENERAL_CATEGORIES = (
    "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co".split()
)


def gaps(codes):
    """A set of code points as the lengths of what is out, in, out, in, … from 0 on."""
    lengths, at = [], 0
    codes = sorted(codes)
    i = 0
    while i < len(codes):
        end = i
        while end + 1 < len(codes) and codes[end + 1] == codes[end] + 1:
            end += 1
        lengths += [codes[i] - at, codes[end] + 1 - codes[i]]
        at = codes[end] + 1
        i = end + 1
    return lengths


def matched_by(regex):
    """The code points that the package's regular expressions (Oniguruma) match."""
    split = pre_tokenizers.Split(Regex(regex), "removed", invert=True)
    text = "".join(map(chr, CODES))
    return {code for piece, _ in split.pre_tokenize_str(text) for code in map(ord, piece)}


def single_byte_charsmap():
    """A precompiled charsmap that replaces whatever begins with any byte by X: a grapheme becomes one X."""
    units = [0] * 1024
    units[0] = 256 << 10
    for label in range(1, 256):
        node = 256 ^ label
        units[node] = (node ^ (512 + label)) << 10 | 1 << 8 | label
        units[512 + label] = 1 << 31
    blob = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(blob)) + blob + b"X\0"


def bert(**parts):
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**{**off, **parts}).normalize_str


def main():
    sets = {}
    clean, strip = bert(clean_text=True), bert(strip_accents=True)
    nfd, nfc, nfkd, nfkc = (getattr(normalizers, form)().normalize_str for form in ("NFD", "NFC", "NFKD", "NFKC"))
    punctuation = pre_tokenizers.Punctuation("isolated").pre_tokenize_str
    digits = pre_tokenizers.Digits(True).pre_tokenize_str
    words = pre_tokenizers.Whitespace().pre_tokenize_str
    no_accents = normalizers.StripAccents().normalize_str
    # Half of a surrogate pair never reaches the package: it is dropped as U+FFFD, which it would be read as.
    sets["dropped"] = [*(c for c in CODES if clean(chr(c)) == ""), *range(0xD800, 0xE000)]
    sets["punctuation"] = [c for c in CODES if len(punctuation(f"a{chr(c)}a")) == 3]
    sets["nonspacing"] = [c for c in CODES if nfd(chr(c)) == chr(c) and strip(chr(c)) == ""]
    sets["mark"] = [c for c in CODES if no_accents(chr(c)) == ""]
    sets["numeric"] = [c for c in CODES if len(digits(f"a{chr(c)}a")) == 3]
    sets["word"] = [c for c in CODES if words(f"a{chr(c)}")[0][0] == f"a{chr(c)}"]
    sets["regexWord"] = matched_by(r"\w")
    sets["han"] = matched_by(r"\p{Han}")

    # Normalization forms: what the package leaves alone though it is, or may become, something in a Node of any age.
    composed = {
        unicodedata.normalize("NFD", chr(c)): c
        for c in CODES
        if unicodedata.decomposition(chr(c)) and "<" not in unicodedata.decomposition(chr(c))
    }
    beyond = {c for c in CODES if unicodedata.category(chr(c)) == "Cn"}
    inert, classes = set(beyond), {}
    for c in CODES:
        char = chr(c)
        own = [form(char) for form in (nfd, nfc, nfkd, nfkc)]
        theirs = [unicodedata.normalize(form, char) for form in ("NFD", "NFC", "NFKD", "NFKC")]
        moves = own[0] == char and (nfd(char + "\u0334") != char + "\u0334" or nfd("\u0345" + char) != "\u0345" + char)
        is_inert = own == [char] * 4 and not moves
        if c in beyond:
            assert is_inert, f"U+{c:04X} is unassigned for Python, and not for the package"
        combining = unicodedata.combining(char)
        if own != theirs or (own[0] == char and moves != (combining > 0)):
            assert is_inert, f"U+{c:04X}: {own} {theirs} {moves} {combining}"
            inert.add(c)
            inert.update(map(ord, theirs[0]))
        elif combining:
            classes.setdefault(combining, []).append(c)
    for parts, c in composed.items():
        if len(parts) == 2 and unicodedata.normalize("NFC", parts) == chr(c) and nfc(parts) != chr(c):
            inert.update(map(ord, parts))
            inert.add(c)
    for c in inert:
        assert nfd(chr(c)) == chr(c) and nfd(chr(c) + "\u0334") == chr(c) + "\u0334", f"U+{c:04X} is not inert"
    sets["inert"] = inert

    lower = normalizers.Lowercase().normalize_str
    lowered = {chr(c): lower(chr(c)) for c in beyond if lower(chr(c)) != chr(c)}
    sets["beyond"] = beyond

    # Extended grapheme clusters, as far as they make one of a letter and what stands beside it.
    cluster = normalizers.Precompiled(single_byte_charsmap()).normalize_str
    for c in [0x61, 0xE9, 0x4E00]:
        assert cluster(chr(c)) == "X" and cluster(chr(c) * 2) == "XX"
    sets["extending"] = [c for c in CODES if c > 0 and cluster("a" + chr(c)) == "X"]
    sets["prepending"] = [c for c in CODES if c > 0 and cluster(chr(c) + "a") == "X"]
    sets["breaking"] = [c for c in CODES if c > 0 and cluster(chr(c) + "\u0300\u0300") == "XX"]

    category = {}
    for number, name in enumerate(GENERAL_CATEGORIES):
        for c in matched_by(rf"\p{{{name}}}"):
            assert c not in category, f"U+{c:04X} is of two categories"
            category[c] = number
    data = {
        "sets": {name: gaps(codes) for name, codes in sets.items()},
        "categories": {
            name: gaps([c for c, found in category.items() if found == number])
            for number, name in enumerate(GENERAL_CATEGORIES)
        },
        "combining": {number: gaps(codes) for number, codes in sorted(classes.items())},
        "lowered": lowered,
    }
    packed = zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 9)
    OUT.write_text(
        f"// Made by scripts/make-unicode-data.py of tokenizers {tokenizers.__version__}; do not edit.\n\n"
        "/** How the native tokenizers class every code point: JSON, deflated, in base64. */\n"
        f"export const UNICODE_DATA =\n  '{base64.b64encode(packed).decode()}'\n"
    )
    print({name: len(codes) for name, codes in sets.items()}, len(packed), lowered, file=sys.stderr)


main()
