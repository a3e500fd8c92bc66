"""The facts of a model for vLLM whose folder is not at hand, from the folder's name: upper bounds, and what is certain.

What vLLM keeps differs from llama.cpp in two ways: latent attention keeps latent vectors whatever the file's layout,
and a folder has the encoder of pictures with the model.
"""

from collections import Counter
from dataclasses import dataclass, replace

from ai_server.memory.by_name import facts_by_name
from ai_server.memory.catalogue import known_model
from ai_server.memory.folder import FolderFacts
from ai_server.memory.folder_layers import Kind, Layers
from ai_server.memory.layers import Layer, layers_of
from ai_server.memory.model import ModelFacts
from ai_server.memory.quantisation import quantisation
from ai_server.memory.terms import GIB

ENCODER = 2 * GIB
"""Weights of an encoder of pictures at most: Qwen3.8-27B's takes 0.93 GB, by its mmproj-F16.gguf."""


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
    kept = layers_of(facts)
    drafts = sum(size.host for size, layer in zip(facts.layers, kept.all, strict=True) if layer.draft)
    heads = facts.per_layer("attention.head_count_kv", len(kept.all), facts.number("attention.head_count"))
    pairs = zip(kept.all, heads, strict=True)
    weights = facts.file_bytes + (ENCODER if multimodal else 0)
    bits = quantisation(path)
    quantised = bits is not None and bits.least < 16
    groups = Counter(_group(facts, layer, kept.window, count) for layer, count in pairs)
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
        intermediate_size=max(facts.number("feed_forward_length", 0), _experts(facts)),
        num_attention_heads=facts.number("attention.head_count"),
        multimodal=multimodal,
        layers=tuple(replace(layer, count=count) for layer, count in groups.items() if layer),
    )
    return FolderByName(folder, found.least, found.model, found.source)


def _experts(facts: ModelFacts) -> int:
    """The numbers of a token in its experts together."""
    experts = facts.number("expert_used_count", 0) + facts.number("expert_shared_count", 0)
    return experts * facts.number("expert_feed_forward_length", 0)


def _group(facts: ModelFacts, layer: Layer, window: int, heads: int) -> Layers | None:
    """What vLLM keeps for a layer; None for nothing."""
    if layer.state:
        inner, state = facts.number("ssm.inner_size"), facts.number("ssm.state_size")
        channels = inner + 2 * facts.number("ssm.group_count") * state
        conv = channels * (facts.number("ssm.conv_kernel") - 1)
        return Layers("state", 1, conv=conv, ssm=inner * state, ssm_dtype="float32")
    if layer.cells == "none" or layer.draft:
        return None
    if rank := facts.number("attention.kv_lora_rank", 0):
        return Layers("mla", 1, 1, rank + facts.number("rope.dimension_count"))
    kind: Kind = "full" if layer.cells == "full" else "sliding"
    return Layers(kind, 1, heads, layer.key // heads, layer.value // heads, window if kind == "sliding" else 0)
