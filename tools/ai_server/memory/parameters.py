"""The number of a model's weights, counted from its hyperparameters.

Source of the shapes: load_arch_tensors() in src/models/*.cpp of llama.cpp b11434. Norms, biases and scales are left
out: together they are less than 0.1 % of a model.
"""

from dataclasses import dataclass

from ai_server.memory.architectures import NO_OUTPUT
from ai_server.memory.layers import Layer, layers_of
from ai_server.memory.model import ModelFacts

GATED = frozenset({"qwen3next", "qwen35", "qwen35moe"})
"""Architectures whose query has a gate of its own size next to it."""
UNGATED = frozenset({"bert", "nemotron_h", "nemotron_h_moe"})
"""Architectures whose feed-forward part has two matrices, not three."""
ONE_PART = frozenset({"nemotron_h", "nemotron_h_moe"})
"""Architectures whose layers are either attention, or recurrent, or feed-forward."""
OWN_EMBEDDING = frozenset({"glm4moe"})
"""Architectures whose layer for drafts has an embedding and output weights of its own."""
POSITIONS = frozenset({"bert"})
"""Architectures with a vector per position."""


@dataclass(frozen=True)
class Count:
    """Numbers of weights: of experts, and of all others."""

    experts: int = 0
    others: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.experts + self.others


@dataclass(frozen=True)
class Parameters:
    """Numbers of weights: of the token embedding, of the other parts of the input, of each layer, of the output."""

    embedding: int
    other_input: int
    layers: tuple[Count, ...]
    output: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.embedding + self.other_input + sum(layer.total for layer in self.layers) + self.output


def parameters(facts: ModelFacts) -> Parameters:
    """The weights of a model, of whose facts the sizes are not needed; UserError if a hyperparameter is missing."""
    layers, width = facts.number("block_count"), facts.number("embedding_length")
    per_layer = facts.number("embedding_length_per_layer_input", 0)
    counts = [_layer(facts, layer, layers, keeps) for layer, keeps in enumerate(layers_of(facts).all)]
    counts[0] = Count(counts[0].experts, counts[0].others + per_layer * layers * width)
    positions = facts.number("context_length", 0) if facts.architecture in POSITIONS else 0
    has_output = facts.own_output and facts.architecture not in NO_OUTPUT
    return Parameters(
        embedding=facts.vocabulary * width,
        other_input=facts.vocabulary * per_layer * layers + positions * width,
        layers=tuple(counts),
        output=facts.vocabulary * width if has_output else 0,
    )


def _layer(facts: ModelFacts, layer: int, layers: int, keeps: Layer) -> Count:
    width, per_layer = facts.number("embedding_length"), facts.number("embedding_length_per_layer_input", 0)
    mixer = _recurrent(facts) if keeps.state else _attention(facts, layer, layers)
    forward = _feed_forward(facts, layer, layers)
    extra = 2 * width * per_layer
    if keeps.draft:
        extra += 2 * width * width + (2 * facts.vocabulary * width if facts.architecture in OWN_EMBEDDING else 0)
    return Count(forward.experts, forward.others + mixer + extra)


def _attention(facts: ModelFacts, layer: int, layers: int) -> int:
    width, heads = facts.number("embedding_length"), facts.per_layer("attention.head_count", layers)[layer]
    kv_heads = facts.per_layer("attention.head_count_kv", layers, heads)[layer]
    if not kv_heads:
        return 0
    if facts.number("attention.kv_lora_rank", 0):
        return _latent_attention(facts, width, heads)
    window = facts.per_layer("attention.sliding_window_pattern", layers, 0)[layer]
    kind = "_swa" if window and "attention.key_length_swa" in facts.hyperparameters else ""
    key = facts.number(f"attention.key_length{kind}", width // heads)
    value = facts.number(f"attention.value_length{kind}", width // heads)
    query = heads * key * (2 if facts.architecture in GATED else 1)
    if layer >= layers - facts.number("attention.shared_kv_layers", 0):
        kv_heads = 0
    # Gemma 4 without embeddings per layer uses its keys as values in layers without a window
    shared = facts.architecture == "gemma4" and not window and not facts.number("embedding_length_per_layer_input", 0)
    return width * (query + kv_heads * (key + (0 if shared else value)) + heads * value)


def _latent_attention(facts: ModelFacts, width: int, heads: int) -> int:
    key = facts.number("attention.key_length_mla", facts.number("attention.key_length"))
    value = facts.number("attention.value_length_mla", facts.number("attention.value_length"))
    rank, rope = facts.number("attention.kv_lora_rank"), facts.number("rope.dimension_count")
    low = facts.number("attention.q_lora_rank", 0)
    query = low * (width + heads * key) if low else width * heads * key
    return query + width * (rank + rope) + rank * heads * (key - rope + value) + heads * value * width


def _recurrent(facts: ModelFacts) -> int:
    width, inner = facts.number("embedding_length"), facts.number("ssm.inner_size")
    groups, state = facts.number("ssm.group_count"), facts.number("ssm.state_size")
    heads, kernel = facts.number("ssm.time_step_rank"), facts.number("ssm.conv_kernel")
    channels = inner + 2 * groups * state
    steps = 2 * heads if facts.architecture in GATED else heads
    return width * (channels + inner + steps) + kernel * channels + inner * width


def _feed_forward(facts: ModelFacts, layer: int, layers: int) -> Count:
    width, matrices = facts.number("embedding_length"), 2 if facts.architecture in UNGATED else 3
    dense = facts.per_layer("feed_forward_length", layers, 0)[layer]
    experts = facts.number("expert_count", 0)
    if facts.architecture in ONE_PART and not dense:
        return Count()
    if not experts or layer < facts.number("leading_dense_block_count", 0):
        return Count(others=matrices * width * dense)
    expert = facts.number("expert_feed_forward_length", dense)
    shared = facts.number("expert_shared_feed_forward_length", expert * facts.number("expert_shared_count", 0))
    shared = dense if facts.architecture == "gemma4" else shared
    return Count(matrices * experts * width * expert, width * experts + matrices * width * shared)
