"""The buffers for computing a batch: measured for llama.cpp b11434 with CUDA, whose code ROCm shares, and on the CPU."""

from dataclasses import dataclass

from ai_server.memory.kv import Context, swa_cells
from ai_server.memory.layers import Layers
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.tensors import Size

FLOAT, HALF = 4, 2
EMBEDDING_MENDED = 11669
"""The first build seen whose --embedding does not reserve logits for a whole batch."""


@dataclass(frozen=True)
class Widths:
    """Widths of activations, in elements per token."""

    embedding: int
    feed_forward: int
    experts: int
    expert: int

    @classmethod
    def of(cls, facts: ModelFacts) -> "Widths":
        """The widths of a model."""
        return cls(
            facts.number("embedding_length"),
            facts.number("feed_forward_length", 0),
            facts.number("expert_used_count", 0),
            facts.number("expert_feed_forward_length", 0),
        )

    @property
    def activations(self) -> int:
        """The most that live at once, in elements per token."""
        dense = 3 * self.feed_forward + 5 * self.embedding
        if not self.experts:
            return dense
        used = self.experts
        return max(3 * used * self.expert + 5 * self.embedding, 2 * used * self.embedding + 6 * self.embedding)


def compute(facts: ModelFacts, layers: Layers, context: Context, settings: LlamaSettings) -> Size:
    """Bytes of the compute buffers on the host and on the GPU. Source: memory-measured, sections 2 and 3."""
    widths = Widths.of(facts)
    act = widths.activations
    window = swa_cells(context, layers.window, settings) if layers.any_swa else 0
    cells = (context.sequence if layers.any_full else 0) + window
    batch = min(context.ubatch, context.all)
    if settings.embedding and layers.any_full and settings.build < EMBEDDING_MENDED:
        act = max(act, facts.vocabulary + 5 * widths.embedding)
    mask = batch * HALF * cells
    if settings.accelerator == "cpu":
        return Size(batch * FLOAT * act + mask, 0)
    device = batch * FLOAT * (act - widths.embedding) + mask
    host = batch * 4 * FLOAT * widths.embedding + mask
    if not settings.flash_attn:
        device = max(device, batch * FLOAT * cells * facts.number("attention.head_count", 0))
    elif kinds(settings) - {"f16"}:
        copies = [
            HALF * (layer.key + layer.value) * (window if layer.cells == "swa" else context.sequence) * context.streams
            for layer in layers.all
            if layer.cells != "none"
        ]
        device = max(device, 2 * mask + max(copies, default=0) + 20 * widths.embedding * batch)
    return Size(host, device)


def kinds(settings: LlamaSettings) -> set[str]:
    """The types of the cache."""
    return {settings.cache_type_k, settings.cache_type_v}
