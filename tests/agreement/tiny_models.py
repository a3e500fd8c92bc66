"""The smallest models that the programs load: a GGUF file of one layer with random weights, and a folder for vLLM."""

import json
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

WIDTH, HEADS = 64, 2
TOKENS = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "\u2581a", "b"]
METADATA: dict[str, Any] = {
    "general.architecture": "llama",
    "llama.context_length": 8192,
    "llama.embedding_length": WIDTH,
    "llama.block_count": 1,
    "llama.feed_forward_length": WIDTH,
    "llama.attention.head_count": HEADS,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.rope.dimension_count": WIDTH // HEADS,
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": TOKENS,
    "tokenizer.ggml.scores": [0.0] * len(TOKENS),
    "tokenizer.ggml.token_type": [2, 3, 3, *[6] * 256, 1, 1],
}
SQUARES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
TENSORS: dict[str, tuple[int, ...]] = {
    "token_embd.weight": (WIDTH, len(TOKENS)),
    "output_norm.weight": (WIDTH,),
    "output.weight": (WIDTH, len(TOKENS)),
    "blk.0.attn_norm.weight": (WIDTH,),
    "blk.0.ffn_norm.weight": (WIDTH,),
    **{f"blk.0.{name}.weight": (WIDTH, WIDTH) for name in SQUARES},
}
ALIGNED = 32
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": WIDTH,
    "intermediate_size": WIDTH,
    "num_hidden_layers": 1,
    "num_attention_heads": HEADS,
    "num_key_value_heads": HEADS,
    "vocab_size": len(TOKENS),
    "max_position_embeddings": 1 << 20,
    "torch_dtype": "bfloat16",
}


ADAPTER: dict[str, Any] = {
    "general.type": "adapter",
    "general.architecture": "llama",
    "adapter.type": "lora",
    "adapter.lora.alpha": 1.0,
}
ADAPTED = {f"blk.0.attn_q.weight.lora_{part}": shape for part, shape in (("a", (WIDTH, 1)), ("b", (1, WIDTH)))}


POOLED = {"llama.pooling_type": 1}
"""The mean of all tokens: what an embedding model says about itself."""


def write_gguf(file: Path, *, pooled: bool = False) -> Path:
    """Writes a model for llama-server; pooled: one that embeds."""
    return _write(file, METADATA | (POOLED if pooled else {}), TENSORS)


def write_lora(file: Path) -> Path:
    """Writes an adapter of that model."""
    return _write(file, ADAPTER, ADAPTED)


def _write(file: Path, metadata: dict[str, Any], tensors: Mapping[str, tuple[int, ...]]) -> Path:
    """Writes a file of this format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    head += b"".join(_text(key) + _value(value) for key, value in metadata.items())
    data = b""
    for name, shape in tensors.items():
        head += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(data))
        data += _padded(struct.pack("<f", 0.01) * prod(shape))
    file.write_bytes(_padded(head) + data)
    return file


def write_folder(folder: Path) -> Path:
    """Writes what vLLM reads of a model before it loads weights."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNED)


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _value(value: Any) -> bytes:
    """A value after its type: 4 a whole number, 6 a fraction, 8 a text, 9 a list; 5 is a whole number in a list."""
    if isinstance(value, list):
        kinds = {str: 8, float: 6, int: 5}
        items = b"".join(_text(item) if isinstance(item, str) else _number(item) for item in value)
        return struct.pack("<IIQ", 9, kinds[type(value[0])], len(value)) + items
    kind = {str: 8, float: 6, int: 4}[type(value)]
    return struct.pack("<I", kind) + (_text(value) if isinstance(value, str) else _number(value))


def _number(value: float) -> bytes:
    return struct.pack("<f" if isinstance(value, float) else "<i", value)
