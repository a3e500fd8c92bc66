"""The KV cache of a llama-server: cells and bytes, exact for llama.cpp b11434 (93 of 93 starts on a GPU)."""

from dataclasses import dataclass

from ai_server.errors import UserError
from ai_server.memory.layers import Layer, Layers
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.tensors import up

BLOCKS = {
    "f32": (1, 4),
    "f16": (1, 2),
    "bf16": (1, 2),
    "q8_0": (32, 34),
    "q5_1": (32, 24),
    "q5_0": (32, 22),
    "q4_1": (32, 20),
    "q4_0": (32, 18),
    "iq4_nl": (32, 18),
}
"""Elements and bytes of a block of each type that a cache may have. Source: ggml/src/ggml-common.h."""
PAD = 256


@dataclass(frozen=True)
class Context:
    """The context as llama.cpp rounds it: tokens in all slots, tokens of one, streams, and those of a batch."""

    all: int
    sequence: int
    streams: int
    slots: int
    ubatch: int

    @classmethod
    def of(cls, facts: ModelFacts, settings: LlamaSettings) -> "Context":
        """The context of a model with settings. Source: llama_context() in src/llama-context.cpp."""
        slots = max(settings.parallel, 1)
        asked = settings.ctx_size or facts.number("context_length")
        total = up(asked, PAD)
        sequence = total if settings.kv_unified else up(max(total // slots, 1), PAD)
        causal = facts.hyperparameters.get("attention.causal", True)
        batch = min(settings.batch_size, asked) if causal else settings.batch_size
        return cls(
            all=total if settings.kv_unified else sequence * slots,
            sequence=sequence,
            streams=1 if settings.kv_unified else slots,
            slots=slots,
            ubatch=min(settings.ubatch_size or batch, batch),
        )


def swa_cells(context: Context, window: int, settings: LlamaSettings) -> int:
    """Cells per stream of layers with sliding window attention. Source: src/llama-kv-cache-iswa.cpp."""
    if settings.swa_full:
        return context.sequence
    slots = context.slots if settings.kv_unified else 1
    return up(min(context.sequence, window * slots + context.ubatch), PAD)


def row_bytes(elements: int, kind: str) -> int:
    """Bytes of a row of elements of a type; UserError for a type that no cache may have."""
    if kind not in BLOCKS:
        hint = f"use one of {', '.join(BLOCKS)}"
        raise UserError(f"llama-server has no cache of the type {kind}", hint=hint)
    block, size = BLOCKS[kind]
    return -(-elements // block) * size


def layer_row(layer: Layer, layers: Layers, settings: LlamaSettings) -> int:
    """Bytes of a cell of a layer's cache: without flash attention, V is as wide as that of the widest layer."""
    value = layer.value if settings.flash_attn or not layer.value else layers.widest_value
    return row_bytes(layer.key, settings.cache_type_k) + row_bytes(value, settings.cache_type_v)


@dataclass(frozen=True)
class Cache:
    """The bytes of a KV cache: of each layer with full attention, with a window, and of an indexer."""

    full: tuple[int, ...]
    swa: tuple[int, ...]
    index: tuple[int, ...]

    @property
    def by_layer(self) -> tuple[int, ...]:
        """The bytes of each layer."""
        return tuple(map(sum, zip(self.full, self.swa, self.index, strict=True)))


def cache_of(layers: Layers, context: Context, settings: LlamaSettings, *, draft: bool = False) -> Cache:
    """The KV cache of a model's layers, or that of its layers for drafts.

    Without flash attention V is transposed, and each layer's row is as wide as the widest. Source:
    src/llama-kv-cache.cpp, -iswa.cpp, -dsa.cpp, -msa.cpp.
    """
    full, swa, index = [], [], []
    window = swa_cells(context, layers.window, settings)
    for layer in layers.all:
        row = layer_row(layer, layers, settings)
        used = layer.draft == draft
        indexed = row_bytes(layer.index_key, settings.cache_type_k) + row_bytes(
            layer.index_value, settings.cache_type_v
        )
        full.append(row * context.sequence * context.streams if used and layer.cells == "full" else 0)
        swa.append(row * window * context.streams if used and layer.cells == "swa" else 0)
        index.append(indexed * context.sequence * context.streams if used else 0)
    return Cache(tuple(full), tuple(swa), tuple(index))


def bytes_per_token(layers: Layers, settings: LlamaSettings) -> int:
    """What a token more of context takes in the layers whose cache grows with it."""
    rows = (
        layer_row(layer, layers, settings)
        for layer in layers.all
        if not layer.draft and (layer.cells == "full" or (layer.cells == "swa" and settings.swa_full))
    )
    return sum(rows) + sum(row_bytes(layer.index_key, settings.cache_type_k) for layer in layers.all)
