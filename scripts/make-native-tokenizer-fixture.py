#!/usr/bin/env python3
"""Writes test/parity/fixtures/native-tokenizers.json.gz: small tokenizers of many kinds, nasty texts, and what the native
`tokenizers` gives for them and for every code point.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install 'tokenizers==0.23.*' sentencepiece
    /tmp/venv/bin/python scripts/make-native-tokenizer-fixture.py

With `--encode` it reads {"tokenizer": …, "texts": […]} from stdin and prints the ids of each text: the other side of the long series.
"""
import base64
import gzip
import json
import random
import struct
import sys
import tempfile
import unicodedata
import zlib
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

ROOT = Path(__file__).parent.parent
OUT = ROOT / "test/parity/fixtures/native-tokenizers.json.gz"
SEED = 20260
TEXTS = 20_500
TEXTS_PER_BLOCK = 100
CODES_PER_BLOCK = 1024
ALL_CODES = ["bundled", "bert-cased"]
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


# --- nasty texts -----------------------------------------------------------------------------------------------------

WORDS = (
    "fever immunodeficiency Polychondritis COVID-19 don't we'LL I'm it's the of and un able re 2024 3.14 a b X "
    "ΟΔΟΣ ΣΑΣ Σ ὈΔΥΣΣΕΎΣ ὀδός Straße GROẞ İstanbul ISPARTA ıI ǅungla ŉ ŀ ĳ Ǆ ﬁnal oﬃce ﬀ ſt K Å Ω µ ª º "
    "Résumé CAFÉ naïve Tiếng Việt Đặng thị ở Ở Привет Ёлка Й мир שָׁלוֹם مُحَمَّد العربية لا ﷺ ﻻ ܫܠܡܐ नमस्ते क्षत्रिय हिन्दी বাংলা தமிழ் മലയാളം ไทย น้ำ ลาว བོད་ မြန်မာ ខ្មែរ "
    "한국어 각 가 각 힣 漢字 日本語 カタカナ ｶﾞｷﾞﾃﾞｰﾀ ﾊﾟ ｱｲｳ ㌔ ㍿ ㊙ ① ⅷ Ⅻ ½ ² ₂ ℃ ™ © ® ﹏ ！ Ａ ａ １ ～ 𠀀𠀁 𪜀 𫝀 𫠠 丽 豈 𝔸𝒷 𝟘 𐐀 𞤀 "
    "👩‍👩‍👧‍👦 👍🏽 🇩🇪🇫🇷 ❤️ 1️⃣ #⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☺︎ 😀 "
    "` `` '' ´ ΄ ; · ¨ ﹇ „ “ ” ‘ ’ … — ‐ ‑ ­ € ₿ $ £ + < = > ^ | ~ ▁ ▁▁ Ġ Ċ ##a ## ."
).split(" ")
SPECIAL = "[CLS] [SEP] [MASK] [UNK] [PAD] [cls] <s> </s> <mask> <unk> <pad> <|endoftext|> <|startoftext|> <|EndOfText|> NEW new tok TOKEN <0x0A> </w>".split()
SPACES = [chr(c) for c in range(0x110000) if chr(c).isspace()] + list("\u200b\u200c\u200d\u2060\ufeff\u180e\u00ad\u0085\r\n\t\v\f\u2800")
RANGES = [
    (0, 0x20), (0x7F, 0xA0), (0xA0, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x780), (0x780, 0xA00), (0x900, 0xE00),
    (0xE00, 0x10A0), (0x10A0, 0x1200), (0x1100, 0x1200), (0x1AB0, 0x1B00), (0x1C80, 0x1CD0), (0x1DC0, 0x2000), (0x1E00, 0x2000),
    (0x2000, 0x2070), (0x2070, 0x2C00), (0x2C00, 0x3000), (0x3000, 0x3400), (0xA000, 0xAC00), (0xA640, 0xA7FF), (0xAC00, 0xD7FF),
    (0xD7B0, 0xD7FC), (0xE000, 0xF900), (0xF900, 0xFB00), (0xFB00, 0xFE00), (0xFE00, 0x10000), (0x10000, 0x10400), (0x10400, 0x11000),
    (0x11000, 0x12000), (0x16A00, 0x17000), (0x1B000, 0x1BD00), (0x1D000, 0x1D250), (0x1D400, 0x1D800), (0x1DF00, 0x1EF00),
    (0x1F000, 0x1FC00), (0x20000, 0x20100), (0x2A6D0, 0x2A710), (0x2CE90, 0x2CEC0), (0x2F800, 0x2FA20), (0x30000, 0x32000),
    (0xE0000, 0xE0200), (0xF0000, 0xF0010), (0x10FFF0, 0x110000),
]
MARKS = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) in ("Mn", "Mc", "Me")]


def pick_range(rng):
    low, high = rng.choice(RANGES)
    code = rng.randrange(low, high)
    return "" if 0xD800 <= code < 0xE000 else chr(code)


def any_code(rng):
    code = rng.randrange(0x110000)
    return "" if 0xD800 <= code < 0xE000 else chr(code)


def atom(rng):
    kind = rng.randrange(16)
    if kind < 5:
        return rng.choice(WORDS)
    if kind == 5:
        return rng.choice(SPECIAL)
    if kind == 6:
        return rng.choice(SPACES) * rng.choice([1, 1, 2, 3])
    if kind < 10:
        return "".join(pick_range(rng) for _ in range(rng.randrange(1, 4)))
    if kind == 10:
        return any_code(rng)
    if kind == 11:
        return rng.choice("aeiouyAOUcn가ㅏかﾊσΣ1 क") + "".join(rng.choice(MARKS) for _ in range(rng.choice([1, 1, 2, 3, 6])))
    if kind == 12:
        return unicodedata.normalize(rng.choice(["NFD", "NFC", "NFKC", "NFKD"]), rng.choice(WORDS))
    if kind == 13:
        return rng.choice(WORDS).swapcase()
    if kind == 14:
        low, high = rng.choice(RANGES)
        return "".join(chr(c) for c in (rng.randrange(low, high) for _ in range(rng.randrange(1, 6))) if not 0xD800 <= c < 0xE000)
    return rng.choice("abz09.,!?'\"-_ \t\n") * rng.choice([1, 2, 3, 4])


def nasty_text(rng):
    if rng.randrange(60) == 0:  # the edges of a limit of 100 characters, and long runs
        unit = rng.choice(["a", "ab", "\0", "\u0301", "e\u0301", "é", "\u200b", "\u00ad", "\U000e0001", " ", "σ", "𝔸", "漢", "각", "Σ", ".", "\u0345\u0301\u0334", "\u1fef"])
        count = rng.choice([49, 50, 51, 99, 100, 101, 102, 200, 5000 if rng.randrange(6) == 0 else 300])
        return rng.choice(WORDS) * rng.randrange(2) + unit * count + rng.choice(["", "hello", " x", "b\u0323"])
    return rng.choice(["", "", " "]).join(atom(rng) for _ in range(rng.randrange(1, 9)))


def nasty_texts(seed, count):
    rng = random.Random(seed)
    return [nasty_text(rng) for _ in range(count)]


# --- tokenizers ------------------------------------------------------------------------------------------------------


def corpus(nasty=3000):
    lines = (ROOT / "bench/sample/medical-qa.jsonl").read_text().splitlines()
    return [line[:300] for line in lines[:120]] + WORDS * 3 + nasty_texts(1, nasty)


def fields(data):
    """The fields of a protocol buffer."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 2:
            size = varint()
            yield key >> 3, data[at : at + size]
            at += size
        else:
            size = 4 if key & 7 == 5 else 8
            yield key >> 3, data[at : at + size]
            at += size


def train_sentencepiece(rule, size):
    """Pieces with their scores, and the charsmap of a normalization rule."""
    import sentencepiece

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.txt"
        path.write_text("\n".join(text.replace("\n", " ").replace("\r", " ") for text in corpus(nasty=60)), encoding="utf-8", errors="ignore")
        sentencepiece.SentencePieceTrainer.train(
            input=str(path), model_prefix=f"{folder}/m", vocab_size=size, character_coverage=0.98, hard_vocab_limit=False,
            normalization_rule_name=rule, minloglevel=2, num_threads=1,
        )
        model = (Path(folder) / "m.model").read_bytes()
    pieces, charsmap = [], b""
    for number, value in fields(model):
        if number == 1:
            piece = dict(fields(value))
            pieces.append((piece[1].decode(), struct.unpack("<f", piece[2])[0] if 2 in piece else 0.0))
        if number == 3:
            charsmap = dict(fields(value))[2]
    return pieces, charsmap


def unigram(pieces, normalizer, pre_tokenizer, byte_fallback=False):
    vocabulary = [*pieces]
    if byte_fallback:
        vocabulary += [(f"<0x{byte:02X}>", -20.0) for byte in range(256)]
    found = Tokenizer(models.Unigram(vocabulary, 0, byte_fallback))
    found.normalizer, found.pre_tokenizer = normalizer, pre_tokenizer
    found.add_special_tokens([AddedToken("<mask>", lstrip=True), "<s>", "</s>"])
    return found


def bpe(normalizer, pre_tokenizer, size=600, specials=(), alphabet=None, **parts):
    found = Tokenizer(models.BPE(**parts))
    found.normalizer, found.pre_tokenizer = normalizer, pre_tokenizer
    suffix = {"end_of_word_suffix": parts["end_of_word_suffix"]} if "end_of_word_suffix" in parts else {}
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(specials), show_progress=False,
        initial_alphabet=alphabet if alphabet is not None else sorted(pre_tokenizers.ByteLevel.alphabet()), limit_alphabet=300, **suffix,
    )
    found.train_from_iterator(corpus(), trainer)
    return found


def wordpiece(normalizer, pre_tokenizer, size=700):
    found = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    found.normalizer, found.pre_tokenizer = normalizer, pre_tokenizer
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=specials, show_progress=False, limit_alphabet=350)
    found.train_from_iterator(corpus(), trainer)
    return found


def make_tokenizers():
    N, P = normalizers, pre_tokenizers
    cased = N.BertNormalizer(lowercase=False)
    nfkc, nfkc_map = train_sentencepiece("nmt_nfkc", 1200)
    cf, cf_map = train_sentencepiece("nmt_nfkc_cf", 1200)
    meta = P.Sequence([P.WhitespaceSplit(), P.Metaspace()])
    qwen = bpe(N.NFC(), P.Sequence([P.Split(Regex(QWEN), "isolated"), P.ByteLevel(False, use_regex=False)]), specials=["<|endoftext|>"])
    qwen.add_tokens([AddedToken("NEW", normalized=True), AddedToken("tok", single_word=True, normalized=True), AddedToken("TOKEN", rstrip=True, normalized=False)])
    kitchen = wordpiece(
        N.Sequence([N.Strip(), N.NFD(), N.Replace(Regex(r"\p{Sc}"), "$&"), N.StripAccents(), N.Prepend("x")]),
        P.Sequence([P.Whitespace(), P.Digits(True), P.Punctuation("merged_with_next"), P.Split("o", "merged_with_previous"), P.Split(Regex(r"\W|\d"), "contiguous")]),
    )
    kitchen.add_tokens([AddedToken("new", normalized=True, single_word=True), AddedToken("É", normalized=True)])
    clip_suffix = bpe(
        N.Sequence([N.NFC(), N.Replace(Regex(r"\s+"), " "), N.Lowercase()]),
        P.Sequence([P.Split(Regex(CLIP), "removed", invert=True), P.ByteLevel(False)]),
        specials=["<|startoftext|>", "<|endoftext|>"], unk_token="<|endoftext|>", end_of_word_suffix="</w>",
    )
    gemma = bpe(
        N.Sequence([N.Replace(" ", "▁"), N.NFKC()]), P.Split("▁", "merged_with_next"), 700, alphabet=[],
        specials=["<pad>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(0, 256))], unk_token="<unk>", fuse_unk=True, byte_fallback=True,
    )
    return {
        "bert-cased": wordpiece(cased, P.BertPreTokenizer()),
        "bert-cased-stripped": wordpiece(N.BertNormalizer(lowercase=False, strip_accents=True), P.BertPreTokenizer()),
        "bert-uncased-accents": wordpiece(N.BertNormalizer(strip_accents=False), P.BertPreTokenizer()),
        "bert-plain": wordpiece(N.BertNormalizer(clean_text=False, handle_chinese_chars=False), P.BertPreTokenizer()),
        "unigram-nfkc": unigram(nfkc, N.Precompiled(nfkc_map), meta),
        "unigram-cf": unigram(cf, N.Precompiled(cf_map), P.Metaspace(), byte_fallback=True),
        "albert": unigram(
            nfkc, N.Sequence([N.Replace("``", '"'), N.Replace("''", '"'), N.NFKD(), N.StripAccents(), N.Lowercase(), N.Precompiled(nfkc_map), N.Replace(Regex(" {2,}"), " ")]),
            P.Metaspace(prepend_scheme="first"),
        ),
        "roberta": bpe(None, P.ByteLevel(False), specials=["<s>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)]),
        "clip": clip_suffix,
        "qwen": qwen,
        "o200k": bpe(N.NFKD(), P.Sequence([P.Split(Regex(O200K), "isolated"), P.ByteLevel(True, use_regex=False)]), ignore_merges=True),
        "gemma": gemma,
        "kitchen": kitchen,
    }


# --- what is written -------------------------------------------------------------------------------------------------


def checksum(encodings):
    """CRC-32 of the ids of texts as int32, each text ended by −1."""
    rows = [number for encoding in encodings for number in (*encoding.ids, -1)]
    return zlib.crc32(struct.pack(f"<{len(rows)}i", *rows))


def code_blocks(tokenizer, last):
    """One checksum for each block of code points, up to `last`: beyond the assigned planes only BERT's kinds are asked for all."""
    found = []
    for first in range(0, last, CODES_PER_BLOCK):
        codes = [c for c in range(first, first + CODES_PER_BLOCK) if not 0xD800 <= c < 0xE000]
        texts = [text for c in codes for text in (f"a{chr(c)}b", chr(c))]
        found.append(checksum(tokenizer.encode_batch_fast(texts, add_special_tokens=False)) if texts else 0)
    return found


def main():
    texts = nasty_texts(SEED, TEXTS)
    bundled = Tokenizer.from_file(str(ROOT / "models/all-MiniLM-L6-v2/tokenizer.json"))
    bundled.no_truncation()
    bundled.no_padding()
    made = make_tokenizers()
    charsmaps, expected, definitions = {}, {}, {}
    for name, tokenizer in {"bundled": bundled, **made}.items():
        if name != "bundled":
            # what is written is what is read: a tokenizer may behave otherwise before it was saved
            definition = json.loads(tokenizer.to_str())
            tokenizer = Tokenizer.from_str(json.dumps(definition))
            for part in [definition["normalizer"] or {}, *(definition["normalizer"] or {}).get("normalizers", [])]:
                if part.get("precompiled_charsmap"):
                    key = str(zlib.crc32(part["precompiled_charsmap"].encode()))
                    charsmaps[key] = part["precompiled_charsmap"]
                    part["precompiled_charsmap"] = f"@{key}"
            definitions[name] = definition
        encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        blocks = [checksum(encodings[i : i + TEXTS_PER_BLOCK]) for i in range(0, len(texts), TEXTS_PER_BLOCK)]
        expected[name] = {"texts": blocks, "codes": code_blocks(tokenizer, 0x110000 if name in ALL_CODES else 0x20000)}
        print(name, len(definitions.get(name, {}).get("model", {}).get("vocab", [])), file=sys.stderr)
    fixture = {
        "version": tokenizers.__version__, "textsPerBlock": TEXTS_PER_BLOCK, "codesPerBlock": CODES_PER_BLOCK,
        "texts": texts, "charsmaps": charsmaps, "tokenizers": definitions, "expected": expected,
    }
    data = json.dumps(fixture, separators=(",", ":"), ensure_ascii=False).encode()
    OUT.write_bytes(gzip.compress(data, 9, mtime=0))
    print(len(data), OUT.stat().st_size, file=sys.stderr)


def encode_stdin():
    job = json.load(sys.stdin)
    tokenizer = Tokenizer.from_str(json.dumps(job["tokenizer"]))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    json.dump([encoding.ids for encoding in tokenizer.encode_batch_fast(job["texts"], add_special_tokens=False)], sys.stdout)


if __name__ == "__main__":
    encode_stdin() if "--encode" in sys.argv else main()
