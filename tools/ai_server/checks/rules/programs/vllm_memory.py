"""vLLM's weights and KV cache against the memory of the card that it runs on."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.cards import card, nodes_of
from ai_server.checks.subjects.planning.files import below_models
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.checks.subjects.weights import least_bytes
from ai_server.kube.machines import guessed_board
from ai_server.kube.nodes import SUFFIXES

GIB = SUFFIXES["Gi"]
ASIDE = 2
"""GiB for CUDA and for what a batch needs, so that a proposed size fits."""
UNQUANTISED = 16
"""The bits of a weight in a folder whose name does not say otherwise."""


@rule("programs/vllm-over-card")
def vllm_cards(view: ClusterView) -> Iterator[Violation]:
    """Adds up the weights on each GPU and the KV cache; a share of the memory must hold the weights."""
    for server in programs(view, "vllm"):
        gpu = card(view, server)
        path = below_models(server, str(server.value("model") or ""))
        # programs/over-memory compares what the files say
        if not gpu or "--cpu-offload-gb" in server.by_flag or view.models.folder_at(path).how == "file":
            continue
        split = _number(server, "--tensor-parallel-size", 1) * _number(server, "--pipeline-parallel-size", 1)
        cache = _number(server, "--kv-cache-memory-bytes", 0)
        certain, least = _weights(server)
        weights = least / split
        room = gpu.memory if cache else gpu.memory * _number(server, "--gpu-memory-utilization", Decimal("0.92"))
        if weights + cache <= room:
            continue
        parts = [_about(weights, certain=certain, split=split)] if weights else []
        parts += [f"the KV cache takes {cache / GIB:.3g} GiB"] if cache else []
        has = f"the GPU of node {gpu.node} has {gpu.memory / GIB:.3g} GiB"
        has += "" if cache else f", of which vLLM may use {room / GIB:.3g} GiB"
        message = f"{' and '.join(parts)}, but {has}"
        left = int((gpu.memory - weights) / GIB - ASIDE)
        fits = bool(cache) and left >= 1
        keys = server.setting("kvCacheMemory" if fits else "model")
        fix = f"set kvCacheMemory: {left}Gi" if fits else "use a smaller model, or a quantised one (AWQ, FP8)"
        # the cache alone is certain to be too large
        sure = (certain or cache > room) and not gpu.amd
        yield Violation(keys, message, fix, severity=None if sure else "warning")


@rule("programs/share-of-unified-memory")
def shares_of_machines(view: ClusterView) -> Iterator[Violation]:
    """Looks for a share of the GPU's memory on machines whose GPU has none of its own."""
    for server in programs(view, "vllm"):
        if server.key[0] != "gpu" or "--kv-cache-memory-bytes" in server.by_flag:
            continue
        for node in nodes_of(view, server):
            board = guessed_board(node)
            if board and board.unified.value:
                share = _number(server, "--gpu-memory-utilization", Decimal("0.92"))
                of_node = f"the memory of node {node['metadata']['name']}, a {board.name},"
                message = f"vLLM reserves {share:.0%} of {of_node} which the system and other pods need as well"
                yield Violation(server.setting("kvCacheMemory"), message, "set kvCacheMemory, such as 16Gi")
                break


def _weights(server: ProgramContainer) -> tuple[bool, Decimal]:
    """The least bytes of the weights, and whether the name of the folder or a flag says how small they are."""
    quantised = server.by_flag.get("--quantization", [])
    name = "-".join([str(server.value("model")), *(value for argument in quantised for value in argument.values)])
    least = least_bytes(name)
    return bool(least), Decimal(least or least_bytes(name, UNQUANTISED))


def _about(weights: Decimal, *, certain: bool, split: Decimal) -> str:
    each = " on each GPU" if split > 1 else ""
    if certain:
        return f"the weights take at least {weights / GIB:.3g} GiB{each} (by the model's name)"
    return f"the weights take {weights / GIB:.3g} GiB{each} (unless they are quantised)"


def _number(server: ProgramContainer, flag: str, default: Decimal | int) -> Decimal:
    """The number of a flag in digits; other values are programs/flag-value's."""
    values = [value for argument in server.by_flag.get(flag, []) for value in argument.values]
    text = values[-1] if values else ""
    return Decimal(text) if text.replace(".", "", 1).isdecimal() and Decimal(text) else Decimal(default)
