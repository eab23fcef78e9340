"""Writes test/parity/fixtures/colbert_tokenizers.json.

Small tokenizers of the two kinds that ColBERT models beside BERT's have, Unigram (jina-colbert-v2, as XLM-RoBERTa) and byte-level
BPE (LateOn, as ModernBERT), trained on a few lines, and what FastEmbed's own classes make of texts with them: token ids,
attention, and the rows that are kept of a document. No graph is run.

    python -m venv venv && venv/bin/pip install fastembed==0.9.1
    venv/bin/python scripts/make-colbert-tokenizer-fixture.py
"""

import json
import tempfile
from pathlib import Path

import numpy as np
from fastembed import __version__ as fastembed_version
from fastembed.common.onnx_model import OnnxOutputContext
from fastembed.late_interaction.jina_colbert import JinaColbert
from fastembed.late_interaction.lateon import LateOn, MLateOn
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FIXTURES = Path(__file__).resolve().parent.parent / "test" / "parity" / "fixtures"
MODEL_MAX_LENGTH = 44

CORPUS = [
    "What is relapsing polychondritis? It is a rare disease in which cartilage becomes inflamed.",
    "Aspirin relieves pain, reduces fever (100% of the time?) and thins the blood; ask your doctor!",
    "snake_case, e-mail & C++: a[0] = {x: 1}; #tag @home $5 ~ ^ | < > / \\ ` ' \" * + -",
    "Die Leber bildet Galle. Le foie produit la bile. El hígado produce bilis, ¿verdad?",
]

TEXTS = [
    *CORPUS,
    "",
    "hello world",
    "?! ...",
    "naïve café, Ελληνικά and 中文 👩‍💻",
    "   spaces   between   words   ",
    " ".join(f"word{i}" for i in range(60)),
]


def unigram() -> tuple[Tokenizer, str]:
    """As XLM-RoBERTa's: words begin with ▁, <s> and </s> around a text."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=220, special_tokens=special, unk_token="<unk>")
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True), "[QueryMarker]", "[DocumentMarker]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer, "<pad>"


def byte_level() -> tuple[Tokenizer, str]:
    """As ModernBERT's: bytes, [CLS] and [SEP] around a text, padded with [MASK] as PyLate does."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens(["[Q] ", "[D] "])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer, "[MASK]"


def class_with(base, query_marker: int, document_marker: int):
    return type(base.__name__, (base,), {
        "QUERY_MARKER_TOKEN_ID": query_marker,
        "DOCUMENT_MARKER_TOKEN_ID": document_marker,
    })


def read_side(model, text: str, is_doc: bool) -> dict:
    encoded = model.tokenize([text], is_doc=is_doc)
    inputs = model._preprocess_onnx_input(
        {
            "input_ids": np.array([e.ids for e in encoded]),
            "attention_mask": np.array([e.attention_mask for e in encoded]),
        },
        is_doc=is_doc,
    )
    ids, attention = inputs["input_ids"], inputs["attention_mask"]
    side = {"input_ids": ids[0].tolist(), "attended": int(attention.sum())}
    assert attention[0].tolist() == [1] * side["attended"] + [0] * (ids.shape[1] - side["attended"])
    # a row that points to its own position, normalized or not
    angles = np.arange(1, ids.shape[1] + 1) / 1000
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=-1)[None].astype(np.float32)
    output = OnnxOutputContext(model_output=rows, attention_mask=attention.copy(), input_ids=ids)
    kept = next(iter(model._post_process_onnx_output(output, is_doc=is_doc)))
    positions = np.round(np.arctan2(kept[:, 1], kept[:, 0]) * 1000).astype(int) - 1
    return {**side, "kept": positions.tolist()}


def encode_all(kind: str, base, make_tokenizer, markers: tuple[str, str], settings: dict) -> dict:
    tokenizer, pad_token = make_tokenizer()
    query_marker, document_marker = (tokenizer.token_to_id(marker) for marker in markers)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokenizer.save(str(folder / "tokenizer.json"))
        definition = json.loads((folder / "tokenizer.json").read_text())
        limits = {"model_max_length": MODEL_MAX_LENGTH, "pad_token": pad_token}
        (folder / "tokenizer_config.json").write_text(json.dumps(limits))
        model_class = class_with(base, query_marker, document_marker)
        model = model_class(kind, specific_model_path=str(folder), lazy_load=True)
        model._ensure_tokenizer()
        return {
            "name": kind,
            "settings": {"queryMarker": query_marker, "documentMarker": document_marker, **settings},
            "max_tokens": model.tokenizer.truncation["max_length"] + 1,
            "tokenizer": definition,
            "tokenizer_config": limits,
            "documents": [read_side(model, text, True) for text in TEXTS],
            "queries": [read_side(model, text, False) for text in TEXTS],
        }


JINA = {"maskToken": "<mask>", "attendToMaskTokens": True, "skipTokens": ["<pad>"]}
LATEON = {"queryTokens": None, "skipTokens": []}


def main() -> None:
    kinds = [
        encode_all("jinaai/jina-colbert-v2", JinaColbert, unigram, ("[QueryMarker]", "[DocumentMarker]"), JINA),
        encode_all("lightonai/LateOn", LateOn, byte_level, ("[Q] ", "[D] "), LATEON),
        encode_all("lightonai/mLateOn", MLateOn, byte_level, ("[Q] ", "[D] "), {**LATEON, "skipPunctuation": False}),
    ]
    fixture = {"meta": {"fastembed": fastembed_version}, "texts": TEXTS, "kinds": kinds}
    (FIXTURES / "colbert_tokenizers.json").write_text(
        json.dumps(fixture, ensure_ascii=False, separators=(",", ":")) + "\n"
    )


if __name__ == "__main__":
    main()
