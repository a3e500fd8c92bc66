"""Limits that a program exceeds, caches above its limit, shares of a GPU's memory, and amounts of a few bytes."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView, ValuesView
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.nodes import SUFFIXES, human, quantity
from ai_server.reading.profiles import Keys

LEAST_MI = {"litellm": 480, "openwebui": 830}
WITH_DATABASE_MI = 1536
"""What LiteLLM needs with a database: its engine, and the migrations at the start."""
WORKER_MI = 380
KV, SHM = "the KV cache", "/dev/shm"
CACHES = {
    "the prompt caches": "server.cacheRamMiB",
    KV: "kvCacheMemory",
    SHM: "shmSize",
}
"""What a program keeps in memory besides its weights, and the key that sets its size."""
LEAST_IN_MI = 200
"""An amount without a unit that is hardly meant in Gi."""
OF_KUBERNETES = ("memory", "ephemeral-storage", "sizeLimit")
OF_THE_CHART = ("kvCacheMemory", "shmSize", "size")
"""The chart's own amounts, which must be text: the schema reports numbers there."""


@rule("programs/memory-limit")
def memory_limit(view: RenderView) -> Iterator[Violation]:
    """Compares limits with the memory that the program was measured to need at start."""
    for server in programs(view, *LEAST_MI):
        limit = server.resources.get("limits", {}).get("memory")
        most = _bytes(limit)
        least, workers, why = LEAST_MI[server.program], 0, ""
        if server.program == "litellm":
            workers = int(server.value("numWorkers") or 1) - 1
            if server.env.get("DATABASE_URL"):
                least, why = WITH_DATABASE_MI, " with a database"
        needed = (least + workers * WORKER_MI) * SUFFIXES["Mi"]
        if most is not None and most < needed:
            keys = server.setting("numWorkers")
            if not view.given(*keys):
                keys = server.setting("resources", "limits", "memory")
            message = f"{server.program} needs about {human('memory', needed)}{why}, but the limit is {limit}"
            yield Violation(keys, message, "raise resources.limits.memory")


@rule("programs/cache-over-limit")
def cache_over_limit(view: RenderView) -> Iterator[Violation]:
    """Compares caches with the limit, or with the request if there is no limit."""
    for server in programs(view, "llama-server", "vllm", "comfyui", "speaches"):
        limit = server.resources.get("limits", {}).get("memory")
        request = server.resources.get("requests", {}).get("memory") or limit
        for cache, size, written in _caches(server):
            # no limit covers the GPU's memory, but the request must include it
            kind, amount = ("request", request) if cache == KV or limit is None else ("limit", limit)
            most = _bytes(amount)
            if most is not None and (size is None or size > most):
                much = "any amount" if size is None else human("memory", size)
                message = f"{cache} may take {much}, but the {kind} is {amount}"
                keys = written or server.setting("resources", f"{kind}s", "memory")
                fix = f"raise resources.{kind}s.memory, or lower {CACHES[cache]}"
                yield Violation(keys, message, fix)


def _caches(server: ProgramContainer) -> Iterator[tuple[str, Decimal | None, Keys]]:
    """The caches of a program, each with its size in bytes, None for one without a limit, and the key in the files
    that sets it; () for none.
    """
    # in gpu, the cache is usually in the card's own memory, which programs/vllm-over-card compares
    for cache in (KV, SHM) if server.key[0] != "gpu" else (SHM,):
        if (size := _bytes(server.value(CACHES[cache]))) is not None:
            yield cache, size, server.setting(CACHES[cache])
    if server.program != "llama-server":
        return
    models = presets_of(server)
    amounts = [(preset, preset.flags.get("cache-ram", "0")) for preset in models]
    sizes = [int(text) if text.lstrip("-").isdecimal() else 0 for _, text in amounts]
    most = int(server.value("modelsMax") or len(sizes))
    keys_of_caches = ((preset.key("cache-ram"), preset.entry) for preset, text in amounts if text != "0")
    written = (keys for keys, entry in keys_of_caches if keys != entry)
    size = None if -1 in sizes else Decimal(sum(sorted(sizes)[-most:])) * 2**20
    yield "the prompt caches", size, next(written, ())


def _bytes(text: object) -> Decimal | None:
    """An amount of memory; None if it is missing or invalid, which kubernetes/quantity reports."""
    try:
        return quantity(text) if text else None
    except ValueError:
        return None


@rule("programs/gpu-memory-utilization")
def gpu_memory_utilization(view: RenderView) -> Iterator[Violation]:
    """Looks for a share of the memory where the node runs other programs on the GPU."""
    for vllm in programs(view, "vllm"):
        # with a size in bytes, the share only sets how much must be free at start
        if "--kv-cache-memory-bytes" in vllm.by_flag:
            continue
        others = [
            server.program
            for server in programs(view, "llama-server", "comfyui", "speaches")
            if server.key == vllm.key and _shares_gpu(server)
        ]
        if others:
            message = f"vLLM reserves a share of the GPU's memory, which it has to share with {' and '.join(others)}"
            share, size = vllm.setting("gpuMemoryUtilization"), vllm.setting("kvCacheMemory")
            keys = size if view.given(*size) and not view.given(*share) else share
            example = "4Gi" if vllm.key[0] == "gpu" else "16Gi"
            yield Violation(keys, message, f"set kvCacheMemory instead, for example to {example}")


def _shares_gpu(server: ProgramContainer) -> bool:
    """Whether a program uses a GPU that the device plugin did not give to it alone."""
    alone = any(name.endswith("/gpu") for name in server.resources.get("limits", {}))
    return not alone and server.accelerator != "cpu" and server.env.get("NVIDIA_VISIBLE_DEVICES") != "void"


@rule("programs/tiny-amount")
def tiny_amount(view: ValuesView) -> Iterator[Violation]:
    """Looks for amounts below 1 MiB; 0 is allowed."""
    for keys, value in leaves(view.values.values):
        last = keys[-1] if keys else ""
        number = last in OF_KUBERNETES and isinstance(value, int | float)
        if number or (last in (*OF_KUBERNETES, *OF_THE_CHART) and isinstance(value, str)):
            amount = _bytes(value)
            if amount is not None and 0 < amount < SUFFIXES["Mi"]:
                digits = str(value).rstrip("mkKi")
                units = ("Mi", "Gi") if str(value).endswith("m") or amount >= LEAST_IN_MI else ("Gi", "Mi")
                fix = f"use {' or '.join(f'{digits}{unit}' for unit in units)}"
                yield Violation(keys, f"{value} means {amount.normalize():f} bytes", fix)
