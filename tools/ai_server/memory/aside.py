"""Which weights flags leave in the memory of the machine, of layers that are otherwise on the GPU."""

import re
from collections.abc import Iterator
from functools import lru_cache

from ai_server.memory.groups import NONE, Group
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings

EXPERTS = tuple(f"ffn_{part}_exps.weight" for part in ("gate", "up", "down"))
FEED_FORWARD = tuple(f"ffn_{part}.weight" for part in ("gate", "up", "down"))
OTHERS = (
    *("attn_norm.weight", "attn_q.weight", "attn_k.weight", "attn_v.weight", "attn_qkv.weight", "attn_output.weight"),
    *("attn_gate.weight", "attn_kv_a_mqa.weight", "attn_kv_b.weight", "attn_q_norm.weight", "attn_sinks.weight"),
    *("ffn_norm.weight", "ffn_gate_inp.weight", "ffn_gate_shexp.weight", "ffn_up_shexp.weight"),
    *("ffn_down_shexp.weight", "post_attention_norm.weight", "ssm_in.weight", "ssm_out.weight", "ssm_conv1d.weight"),
)
"""Names of tensors that most architectures have, without their layer (src/llama-arch.cpp of b11434)."""


def left_on_host(facts: ModelFacts, settings: LlamaSettings) -> tuple[Group, ...]:
    """The weights of each layer that flags leave on the host: --cpu-moe, --n-cpu-moe, --n-cpu-ffn, --override-tensor.

    Source: common/arg.cpp, create_tensor() in src/llama-model-loader.cpp of b11434.
    """
    moe, ffn, patterns = settings.n_cpu_moe, settings.n_cpu_ffn, settings.on_host
    return tuple(
        _left(facts.experts, layer, moe, EXPERTS, patterns)
        + _left(facts.feed_forward, layer, ffn, FEED_FORWARD, patterns)
        for layer in range(len(facts.layers))
    )


def _left(
    groups: tuple[Group, ...], layer: int, count: int, names: tuple[str, ...], patterns: tuple[str, ...]
) -> Group:
    is_left = count < 0 or layer < count or _matched(patterns, layer, names)
    return groups[layer] if is_left and layer < len(groups) else NONE


def any_left(settings: LlamaSettings) -> bool:
    """Whether flags leave weights on the host."""
    return bool(settings.n_cpu_moe or settings.n_cpu_ffn or settings.on_host)


def is_certain(facts: ModelFacts, settings: LlamaSettings) -> bool:
    """Whether facts say how much that is: they have what flags are about, and each pattern means whole groups."""
    if not any_left(settings):
        return True
    if facts.number("expert_count", 0) and not facts.experts:
        return False
    return all(_is_plain(pattern, len(facts.layers)) for pattern in settings.on_host)


@lru_cache(maxsize=256)
def _is_plain(pattern: str, layers: int) -> bool:
    """Whether a pattern means all experts of some layers, or all of their feed-forward weights, and nothing else."""
    try:
        found = re.compile(pattern)
    except re.error:
        return False
    if found.search("output.weight") or found.search("output_norm.weight"):
        return False
    return not any(_is_mixed(found, layer) for layer in range(layers))


def _is_mixed(found: re.Pattern[str], layer: int) -> bool:
    groups = ((EXPERTS, True), (FEED_FORWARD, True), (OTHERS, False))
    for names, may_match in groups:
        hits = sum(1 for name in _full(names, layer) if found.search(name))
        if hits and (not may_match or hits < len(names)):
            return True
    return False


def _matched(patterns: tuple[str, ...], layer: int, names: tuple[str, ...]) -> bool:
    return any(_is_plain(pattern, layer + 1) and re.search(pattern, next(_full(names, layer))) for pattern in patterns)


def _full(names: tuple[str, ...], layer: int) -> Iterator[str]:
    return (f"blk.{layer}.{name}" for name in names)
