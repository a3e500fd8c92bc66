"""Recurrent layers (Mamba, RWKV, gated delta net, short convolutions): which they are, and the state they keep."""

from ai_server.memory import architectures as known
from ai_server.memory.model import ModelFacts


def recurrent_layers(facts: ModelFacts, count: int, trunk: int) -> tuple[bool, ...]:
    """Which layers have a recurrent state."""
    name = facts.architecture
    if name in known.RECURRENT or name in known.KV_IN_ALL_AND_RECURRENT:
        return (True,) * count
    if name in known.HYBRID_BY_INTERVAL:
        if "attention.recurrent_layers" in facts.hyperparameters:
            return tuple(bool(flag) for flag in facts.per_layer("attention.recurrent_layers", count))
        every = facts.number("full_attention_interval", known.HYBRID_BY_INTERVAL[name])
        return tuple((index + 1) % every != 0 and index < trunk for index in range(count))
    if name in known.HYBRID_BY_HEADS:
        heads = facts.per_layer("attention.head_count_kv", count)
        dense = feed_forward(facts, count) if name.startswith("nemotron_h") else (0,) * count
        return tuple(not heads[index] and not dense[index] and index < trunk for index in range(count))
    return (False,) * count


def feed_forward(facts: ModelFacts, count: int) -> tuple[int, ...]:
    """The feed-forward width of each layer."""
    return facts.per_layer("feed_forward_length", count, 0)


def state_elements(facts: ModelFacts) -> int:
    """Elements (of 4 bytes) of a recurrent layer's state per sequence: n_embd_r() and n_embd_s()."""
    width = facts.number("embedding_length", 0)
    heads = facts.hyperparameters.get("attention.head_count", 0)
    first = int(heads[0] if isinstance(heads, tuple) else heads)
    kernel = facts.number("ssm.conv_kernel", 0)
    inner, state = facts.number("ssm.inner_size", 0), facts.number("ssm.state_size", 0)
    if head := facts.number("wkv.head_size", 0):
        return facts.number("token_shift_count", 2) * width + width * head
    if cache := facts.number("shortconv.l_cache", 0):
        return width * (cache - 1) + state * inner
    if head := facts.number("kda.head_dim", 0):
        return 3 * (kernel - 1 if kernel else 3) * first * head + head * head * first
    convolution = max(kernel - 1, 0) * (inner + 2 * facts.number("ssm.group_count", 0) * state)
    if facts.architecture == "minimax-01":
        head = facts.number("attention.key_length", width // max(first, 1))
        return convolution + head * head * first
    return convolution + state * inner
