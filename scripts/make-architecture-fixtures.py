"""
Writes test/parity/fixtures/architectures: small random checkpoints of every encoder that src/graph builds, as their authors
publish them, with hidden states, pooled embeddings and token embeddings by transformers and sentence-transformers.

    pip install torch transformers sentence-transformers
    python scripts/make-architecture-fixtures.py
"""
import json
import math
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules
from tokenizers import Tokenizer, models as token_models, pre_tokenizers, processors
from transformers import (
    BertConfig, BertModel, GteConfig, GteModel, ModernBertConfig, ModernBertModel, MPNetConfig, MPNetModel, NomicBertConfig,
    NomicBertModel, PreTrainedTokenizerFast,
)

OUT = Path(__file__).parent.parent / "test" / "parity" / "fixtures" / "architectures"
LENGTHS = [3, 64, 129, 300, 600]
VOCABULARY = 96
SIZES = dict(vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=24)
POSITIONS = 640


def randomize(model, seed):
    """Weights large enough for attention to look at something; norms near 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name.lower() or "_ln" in name:
                parameter.copy_(1 + 0.2 * noise if name.endswith("weight") else 0.1 * noise)
            elif name.endswith("bias"):
                parameter.copy_(0.1 * noise)
            elif "embedding" in name or "relative_attention_bias" in name:
                parameter.copy_(noise)
            else:
                parameter.copy_(noise * 1.2 / math.sqrt(parameter.shape[-1]))
    return model.eval()


def published(folder, rename=None, config=None):
    """Rewrites what transformers saved under the names that the model's authors use."""
    tensors = load_file(folder / "model.safetensors")
    if rename is not None:
        tensors = rename(tensors)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors", metadata={"format": "pt"})
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    for extra in folder.glob("generation_config.json"):
        extra.unlink()


def texts(seed):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(5, VOCABULARY, (length,), generator=generator).tolist() for length in LENGTHS]


def hidden_states(model, seed):
    """Rows 0, 1, the middle and the last of each text, and the mean of all."""
    found = []
    with torch.no_grad():
        for ids in texts(seed):
            state = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long)).last_hidden_state[0]
            rows = [0, 1, len(ids) // 2, len(ids) - 1]
            found.append({"inputIds": ids, "rows": rows, "states": state[rows].tolist(), "mean": state.mean(0).tolist()})
    return found


def write(name, model, seed, rename=None, config=None):
    folder = OUT / name
    randomize(model, seed)
    folder.mkdir(parents=True)
    model.save_pretrained(folder)
    published(folder, rename, config)
    (folder / "expected.json").write_text(json.dumps(hidden_states(model, seed + 1000)) + "\n")


def fuse(tensors, parts, fused):
    """Puts q, k and v (or up and gate) below each other, as the published checkpoints have them."""
    found = {}
    for key, tensor in tensors.items():
        at = next((i for i, part in enumerate(parts) if f"{part}." in key), None)
        if at is None:
            found[key] = tensor
        elif at == 0:
            found[key.replace(parts[0], fused)] = torch.cat([tensors[key.replace(parts[0], part)] for part in parts])
    return found


def nomic_names(tensors):
    renames = {"layers.": "encoder.layers.", "encoder.encoder.": "encoder.", "embeddings.LayerNorm": "emb_ln", "self_attn.o_proj": "attn.out_proj",
               "up_proj": "fc11", "gate_proj": "fc12", "down_proj": "fc2", "post_attention_layernorm": "norm1", "post_mlp_layernorm": "norm2"}
    if any("Wqkv" in key for key in tensors):
        return tensors
    tensors = fuse(tensors, ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], "attn.Wqkv")
    for old, new in renames.items():
        tensors = {key.replace(old, new): tensor for key, tensor in tensors.items()}
    return tensors


def gte_names(tensors):
    if not any("qkv_proj" in key for key in tensors):
        renames = {"layers.": "encoder.layer.", "self_attn.o_proj": "attention.o_proj", "post_attention_layernorm": "attn_ln", "post_mlp_layernorm": "mlp_ln"}
        tensors = fuse(tensors, ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], "attention.qkv_proj")
        tensors = fuse(tensors, ["mlp.up_proj", "mlp.gate_proj"], "mlp.up_gate_proj")
        for old, new in renames.items():
            tensors = {key.replace(old, new): tensor for key, tensor in tensors.items()}
    return {key if key.startswith("new.") else f"new.{key}": tensor for key, tensor in tensors.items()}


def modernbert(name, seed, **changes):
    write(name, ModernBertModel(ModernBertConfig(**SIZES, max_position_embeddings=POSITIONS, pad_token_id=0, bos_token_id=1,
          eos_token_id=2, cls_token_id=1, sep_token_id=2, attn_implementation="eager", **changes)), seed)
    # as the published configs of 2024 and 2025 say it
    path = OUT / name / "config.json"
    config = json.loads(path.read_text())
    for key in ("layer_types", "rope_parameters"):
        config.pop(key, None)
    config.update(global_attn_every_n_layers=3, global_rope_theta=160000.0, local_rope_theta=10000.0)
    path.write_text(json.dumps(config, indent=1) + "\n")


def nomic():
    config = NomicBertConfig(**SIZES, max_position_embeddings=POSITIONS, attn_implementation="eager")
    published_config = {
        "model_type": "nomic_bert", "activation_function": "swiglu", "n_embd": 16, "n_head": 2, "n_inner": 24, "n_layer": 3, "n_positions": POSITIONS,
        "vocab_size": VOCABULARY, "type_vocab_size": 2, "layer_norm_epsilon": 1e-12, "rotary_emb_base": 1000, "rotary_emb_fraction": 1.0,
        "rotary_emb_interleaved": False, "rotary_emb_scale_base": None, "rotary_scaling_factor": None, "qkv_proj_bias": False,
        "mlp_fc1_bias": False, "mlp_fc2_bias": False, "prenorm": False, "parallel_block": False, "use_rms_norm": False, "causal": False,
    }
    write("nomic", NomicBertModel(config), 3, nomic_names, published_config)


def gte(name, seed, types, scaling=None):
    config = GteConfig(**SIZES, max_position_embeddings=POSITIONS, type_vocab_size=types, pad_token_id=0, attn_implementation="eager",
                       rope_parameters={"rope_type": "default", "rope_theta": 160000.0})
    model = GteModel(config)
    if scaling is not None:
        # NTKScalingRotaryEmbedding of Alibaba-NLP/new-impl, without mixed_b
        size = config.hidden_size // config.num_attention_heads
        frequencies = 1.0 / ((160000.0 * scaling) ** (torch.arange(0, size, 2).float() / size)) / scaling ** (2 / size)
        model.rotary_emb.inv_freq.copy_(frequencies)
        model.rotary_emb.original_inv_freq.copy_(frequencies)
    published_config = {
        "model_type": "new", "hidden_act": "gelu", "layer_norm_type": "layer_norm", "layer_norm_eps": 1e-12, "logn_attention_scale": False,
        "max_position_embeddings": POSITIONS, "position_embedding_type": "rope", "rope_theta": 160000.0, "type_vocab_size": types, "pack_qkv": True,
        "rope_scaling": None if scaling is None else {"factor": scaling, "type": "ntk"}, **SIZES,
    }
    write(name, model, seed, gte_names, published_config)


def tokenizer_files(folder):
    """A tokenizer of whole words w5, w6, …, so that a text says its token ids."""
    vocabulary = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3, "[MASK]": 4, **{f"w{i}": i for i in range(5, VOCABULARY)}}
    tokenizer = Tokenizer(token_models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    from tokenizers import normalizers
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]",
                                   model_max_length=POSITIONS)
    fast.save_pretrained(folder)


def sentence_models():
    """Module lists as sentence-transformers writes them, over one small BERT."""
    base = OUT / "bert"
    write("bert", BertModel(BertConfig(**SIZES, max_position_embeddings=POSITIONS), add_pooling_layer=False), 9)
    tokenizer_files(base)
    sentences = ["w7 w8 w9", " ".join(f"w{5 + (i * 7) % 90}" for i in range(62)), " ".join(f"w{5 + (i * 11) % 90}" for i in range(298)), "w50"]
    prompts = {"query": "w20 w21 ", "document": ""}
    dense = modules.Dense
    module_lists = {
        "mean-dense-normalize": lambda width: [modules.Pooling(width, pooling_mode="mean"), dense(width, 24, bias=True, activation_function=torch.nn.Identity()), modules.Normalize()],
        "mean-tanh": lambda width: [modules.Pooling(width, pooling_mode="mean"), dense(width, 12, activation_function=torch.nn.Tanh())],
        "cls-dense": lambda width: [modules.Pooling(width, pooling_mode="cls"), dense(width, 20, bias=False, activation_function=torch.nn.Identity()), modules.Normalize()],
        "normalize-dense": lambda width: [modules.Pooling(width, pooling_mode="mean"), modules.Normalize(), dense(width, 20, activation_function=torch.nn.Identity())],
        "two-dense": lambda width: [modules.Pooling(width, pooling_mode="mean"), dense(width, 32, activation_function=torch.nn.GELU()),
                                    dense(32, 16, bias=False, activation_function=torch.nn.Identity(), use_residual=True), modules.Normalize()],
    }
    for i, (name, build) in enumerate(module_lists.items()):
        transformer = modules.Transformer(str(base))
        chain = build(16)
        for module in chain:
            randomize(module, 100 + i)
        model = SentenceTransformer(modules=[transformer, *chain], prompts=prompts, device="cpu")
        folder = OUT / "modules" / name
        model.save(str(folder), create_model_card=False)
        for file in ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
            (folder / file).unlink(missing_ok=True)
        expected = {
            "texts": sentences,
            "query": model.encode(sentences, prompt_name="query").tolist(),
            "document": model.encode(sentences, prompt_name="document").tolist(),
        }
        (folder / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    modernbert("modernbert", 1)
    modernbert("modernbert-bias", 2, norm_bias=True, attention_bias=True, mlp_bias=True)
    nomic()
    gte("gte", 4, types=0)
    gte("gte-types-ntk", 5, types=2, scaling=2.0)
    write("mpnet", MPNetModel(MPNetConfig(**SIZES, max_position_embeddings=POSITIONS + 2), add_pooling_layer=False), 6)
    sentence_models()
