"""Writes model folders for tests: a config.json, and safetensors files of any size that take no room on the disk."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

LLAMA: dict[str, object] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "torch_dtype": "bfloat16",
}
"""The sizes of Llama 3.1 8B."""
TENSORS = {
    "model.embed_tokens.weight": ("BF16", 1_050_673_152),
    "model.layers.0.mlp.up_proj.weight": ("BF16", 14_680_064),
}
"""Types and bytes by name."""


def write_folder(
    folder: Path,
    config: Mapping[str, object] = LLAMA,
    tensors: Mapping[str, tuple[str, int]] = TENSORS,
    shards: int = 1,
) -> Path:
    """Writes a model; with several shards, an index as well."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    if shards == 1:
        write_file(folder / "model.safetensors", tensors)
        return folder
    places = {name: f"model-{at % shards + 1:05}-of-{shards:05}.safetensors" for at, name in enumerate(tensors)}
    for file in set(places.values()):
        write_file(folder / file, {name: tensors[name] for name, place in places.items() if place == file})
    total = sum(size for _, size in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def write_file(file: Path, tensors: Mapping[str, tuple[str, int]]) -> None:
    """Writes a safetensors file whose tensors are a hole."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (kind, size) in tensors.items():
        header[name] = {"dtype": kind, "shape": [size], "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    with file.open("wb") as opened:
        opened.write(struct.pack("<Q", len(text)) + text)
        opened.truncate(8 + len(text) + end)
