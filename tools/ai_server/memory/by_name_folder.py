"""The facts of a model for vLLM whose folder is not at hand, from the folder's name: upper bounds, and what is certain.

What vLLM keeps differs from llama.cpp in two ways: latent attention keeps latent vectors whatever the file's layout,
and a folder has the encoder of pictures with the model.
"""

from collections import Counter
from dataclasses import dataclass, replace

from ai_server.memory.by_name import facts_by_name
from ai_server.memory.catalogue import known_model
from ai_server.memory.folder import FolderFacts
from ai_server.memory.folder_layers import Layers
from ai_server.memory.model import ModelFacts
from ai_server.memory.parameters import is_recurrent, trunk
from ai_server.memory.quantisation import quantisation
from ai_server.memory.terms import GIB

ENCODER = 2 * GIB
"""Weights of an encoder of pictures at most: Qwen3.8-27B's takes 0.93 GB, by its mmproj-F16.gguf."""
FULL = {"gpt-oss": (1, 2), "gemma3": (5, 6)}
"""Models whose files do not list the layers with a window: which one of how many layers has none. Source:
src/models/openai-moe.cpp and gemma3.cpp of llama.cpp b11434."""


@dataclass(frozen=True)
class FolderByName:
    """Facts from a folder's name; the fields are those of ByName."""

    facts: FolderFacts
    least: int
    model: str
    source: str


def folder_by_name(path: str) -> FolderByName | None:
    """The facts of the model in a folder; None if its name says nothing."""
    found = facts_by_name(path)
    if not found:
        return None
    facts, model = found.facts, known_model(path)
    multimodal = bool(model and model.multimodal)
    drafts = sum(layer.host for layer in facts.layers[trunk(facts) :])
    weights = facts.file_bytes + (ENCODER if multimodal else 0)
    bits = quantisation(path)
    quantised = bits is not None and bits.least < 16
    layers = Counter(
        _layer(facts, layer) for layer in range(trunk(facts) - facts.number("attention.shared_kv_layers", 0))
    )
    folder = FolderFacts(
        name=path.rstrip("/").rpartition("/")[2],
        weights=weights,
        weights_by_type=(("U8" if quantised else "BF16", weights),),
        speculative=drafts,
        model_type=facts.architecture,
        dtype="bfloat16",
        quantization="by name" if quantised else "",
        kv_dtype="",
        context=facts.number("context_length", 0),
        vocab_size=facts.vocabulary,
        hidden_size=facts.number("embedding_length"),
        intermediate_size=max(facts.number(f"{kind}feed_forward_length", 0) for kind in ("", "expert_")),
        num_attention_heads=facts.number("attention.head_count"),
        experts_per_token=facts.number("expert_used_count", 0),
        multimodal=multimodal,
        layers=tuple(replace(layer, count=count) for layer, count in layers.items() if layer),
    )
    return FolderByName(folder, found.least, found.model, found.source)


def _layer(facts: ModelFacts, layer: int) -> Layers | None:
    """What a layer keeps; None for nothing."""
    if is_recurrent(facts, layer):
        inner, state = facts.number("ssm.inner_size"), facts.number("ssm.state_size")
        channels = inner + 2 * facts.number("ssm.group_count") * state
        conv = channels * (facts.number("ssm.conv_kernel") - 1)
        return Layers("state", 1, conv=conv, ssm=inner * state, ssm_dtype="float32")
    if rank := facts.number("attention.kv_lora_rank", 0):
        return Layers("mla", 1, 1, rank + facts.number("rope.dimension_count"))
    total = facts.number("block_count")
    heads = facts.per_layer("attention.head_count_kv", total, facts.number("attention.head_count"))[layer]
    if not heads:
        return None
    window = facts.number("attention.sliding_window", 0) if _has_window(facts, layer) else 0
    kind = "_swa" if window and "attention.key_length_swa" in facts.hyperparameters else ""
    key, value = (facts.number(f"attention.{name}_length{kind}") for name in ("key", "value"))
    return Layers("sliding" if window else "full", 1, heads, key, value, window=window)


def _has_window(facts: ModelFacts, layer: int) -> bool:
    if facts.architecture in FULL:
        place, every = FULL[facts.architecture]
        return layer % every != place
    return bool(facts.per_layer("attention.sliding_window_pattern", facts.number("block_count"), 0)[layer])
