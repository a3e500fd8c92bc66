"""The facts of a safetensors folder that is not at hand, from its name."""

from dataclasses import dataclass
from posixpath import basename, normpath

from ai_server.memory.by_name import facts_by_name
from ai_server.memory.folder import FolderFacts
from ai_server.memory.folder_layers import Layers
from ai_server.memory.model import ModelFacts
from ai_server.memory.quantisation import quantisation

UNQUANTISED = 16
"""Bits per weight of a folder whose weights have the model's own type."""


@dataclass(frozen=True)
class FolderByName:
    """Facts from a folder's name: an upper bound; least: the bytes that the weights take at least."""

    facts: FolderFacts
    least: int
    source: str


def folder_by_name(path: str) -> FolderByName | None:
    """What the name of a model folder tells; None if it tells nothing, or if the layers of the model keep something
    else than keys and values of each token.
    """
    found = facts_by_name(path)
    if not found or any(key.startswith("ssm.") or "lora_rank" in key for key in found.facts.hyperparameters):
        return None
    model = found.facts
    weights = sum(size.host for size in (model.input, *model.layers, model.output))
    bits = quantisation(path)
    quantised = bool(bits and bits.most < UNQUANTISED)
    return FolderByName(
        FolderFacts(
            name=basename(normpath(path)),
            weights=weights,
            weights_by_type=(("BF16", weights),),
            speculative=0,
            model_type=model.architecture,
            dtype="bfloat16",
            quantization="by name" if quantised else "",
            kv_dtype="",
            context=model.number("context_length", 0),
            vocab_size=model.vocabulary,
            hidden_size=model.number("embedding_length"),
            intermediate_size=_wide(model),
            num_attention_heads=model.number("attention.head_count"),
            experts_per_token=model.number("expert_used_count", 0),
            multimodal=False,
            layers=(_layers(model),),
        ),
        found.least,
        found.source,
    )


def _wide(model: ModelFacts) -> int:
    return model.number("expert_feed_forward_length", model.number("feed_forward_length", 0))


def _layers(model: ModelFacts) -> Layers:
    """All layers as those that keep the most: with all tokens, and the most heads of any layer."""
    head = model.number("embedding_length") // model.number("attention.head_count")
    return Layers(
        "full",
        model.number("block_count"),
        kv_heads=model.number("attention.head_count_kv", model.number("attention.head_count")),
        key=model.number("attention.key_length", head),
        value=model.number("attention.value_length", head),
    )
