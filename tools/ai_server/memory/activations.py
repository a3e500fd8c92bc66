"""How wide a batch's intermediate results are: elements per token that live at once while a graph is computed.

A buffer is shared by results that do not live at the same time, so it is as large as the moment with the most of them.
Which moment that is depends on the widths. Source: graphs of llama.cpp b11434 (src/models, src/llama-graph.cpp),
checked with its own allocator (ggml/src/ggml-alloc.c): exact for real dimensions, except where upper bound is said.
"""

from dataclasses import dataclass

from ai_server.memory.architectures import NO_CACHE
from ai_server.memory.model import ModelFacts

NORMED = ("qwen3", "gemma", "olmo2", "glm4", "exaone4", "hunyuan")
"""Architectures that normalise Q and K, by the beginning of their names."""


@dataclass(frozen=True)
class Widths:
    """Widths in elements: embedding E, feed-forward F, used experts U, their width FE, heads, Q, K and V of a layer."""

    embedding: int
    feed_forward: int
    used: int
    expert: int
    heads: int
    query: int
    key: int
    value: int
    extra: int
    convolution: int
    inner: int

    @classmethod
    def of(cls, facts: ModelFacts) -> "Widths":
        """The widths of a model."""
        embedding = facts.number("embedding_length")
        heads = facts.number("attention.head_count", 0)
        kv_heads = facts.number("attention.head_count_kv", heads)
        default = embedding // heads if heads else 0
        key = facts.number("attention.key_length", default)
        inner = facts.number("ssm.inner_size", 0)
        per_layer = facts.number("embedding_length_per_layer_input", 0) * facts.number("block_count")
        return cls(
            embedding=embedding,
            feed_forward=facts.number("feed_forward_length", 0),
            used=facts.number("expert_used_count", 0),
            expert=facts.number("expert_feed_forward_length", facts.number("feed_forward_length", 0)),
            heads=heads,
            query=heads * key,
            key=kv_heads * key,
            value=kv_heads * facts.number("attention.value_length", default),
            extra=per_layer,
            convolution=inner + 2 * facts.number("ssm.group_count", 0) * facts.number("ssm.state_size", 0),
            inner=inner,
        )


def on_device(facts: ModelFacts) -> int:
    """Elements per token on the GPU, with flash attention and without the mask. The embeddings come from the host."""
    w = Widths.of(facts)
    if facts.architecture in NO_CACHE:
        return max(w.feed_forward + 2 * w.embedding, 9 * w.embedding // 2)
    if w.extra:
        # An upper bound: 0 to 22 % more than the allocator takes for dimensions around those of gemma4.
        return 3 * w.feed_forward + w.extra + 25 * w.embedding // 4
    moments = [3 * w.feed_forward + 4 * w.embedding, 2 * w.embedding + 3 * w.query]
    if w.used:
        moments.append(mixture(w, recurrent=bool(w.inner)))
    return max(moments)


def of_states(facts: ModelFacts) -> int:
    """Elements per token while a recurrent layer is computed, next to its states: an upper bound; 0 without any."""
    w = Widths.of(facts)
    return 4 * w.convolution + 2 * w.inner + 2 * w.embedding if w.inner else 0


def mixture(widths: Widths, *, recurrent: bool) -> int:
    """Elements per token of a layer with experts; with recurrent layers an upper bound."""
    inner, outer = widths.used * widths.expert, widths.used * widths.embedding
    moments = [3 * inner + 4 * widths.embedding, 2 * outer + 5 * widths.embedding]
    if 3 * inner < outer and not recurrent:
        # The weighted results do not fit into the place of what the experts computed inside.
        moments.append(2 * outer + 4 * widths.embedding + 3 * inner)
    if recurrent:
        moments.append(2 * outer + 3 * widths.embedding + min(4 * inner, outer))
    return max(moments)


def on_cpu(facts: ModelFacts) -> int:
    """Elements per token of a build for the CPU, which computes the embeddings in the same buffer."""
    w = Widths.of(facts)
    if facts.architecture in NO_CACHE:
        return max(2 * w.feed_forward + w.embedding, 7 * w.embedding)
    return on_device(facts) + w.embedding


def on_host(facts: ModelFacts) -> int:
    """Elements per token on the host next to a GPU: the embeddings, and what they are gathered from."""
    w = Widths.of(facts)
    if facts.architecture in NO_CACHE or w.extra:
        return 5 * w.embedding + w.extra
    return 4 * w.embedding


def of_quantised_cache(facts: ModelFacts) -> int:
    """Elements per token next to the f16 copy of a quantised cache: within 5 % of the whole buffer."""
    w = Widths.of(facts)
    if w.inner:
        return w.embedding + 6 * w.query
    if w.used and facts.architecture.startswith(NORMED):
        return w.embedding + 7 * w.query
    return (2 if facts.architecture.startswith("gemma") else 1) * w.embedding + 4 * w.query


def of_logits(facts: ModelFacts) -> int:
    """Elements per token if each token of a batch has logits, as --embedding reserves them in older builds."""
    w = Widths.of(facts)
    # The last two are upper bounds.
    return facts.vocabulary + (13 * w.embedding if w.inner else 9 * w.embedding // 2 if w.extra else 4 * w.embedding)


def attention(facts: ModelFacts) -> int:
    """Elements per token next to the scores of attention without flash attention: an upper bound within 5 % of all."""
    w = Widths.of(facts)
    normed = 2 * w.query if facts.architecture.startswith(NORMED) else 0
    return 2 * w.embedding + 3 * w.query + 2 * w.key + normed + w.extra
