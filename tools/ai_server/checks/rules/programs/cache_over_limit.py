"""Caches that a program's memory does not hold."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.nodes import human, quantity
from ai_server.reading.profiles import Keys


@rule("programs/cache-over-limit")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each program whose caches pass its limit, or its request where it has no limit."""
    for each in programs(view):
        resources = each.container.get("resources") or {}
        limit = (resources.get("limits") or {}).get("memory")
        request = (resources.get("requests") or {}).get("memory", limit)
        for what, size in _caches(each):
            view.count("caches")
            # the GPU's memory is in no limit, and must be in the request all the same
            kind, amount = ("request", request) if "KV" in what or limit is None else ("limit", limit)
            most = _amount(amount)
            if most is not None and (size is None or size > most):
                much = "any amount" if size is None else human("memory", size)
                message = f"{what} may take {much}, and the {kind} is {amount}"
                yield Violation(_key(each, what), message, f"raise resources.{kind}s.memory, or lower {SETTINGS[what]}")


SETTINGS = {
    "the prompt caches": "server.cacheRamMiB",
    "the KV cache": "kvCacheMemory",
    "/dev/shm": "shmSize",
}
"""What a program keeps in memory beside its weights, and the key that says how much."""


def _caches(each: ProgramContainer) -> Iterator[tuple[str, Decimal | None]]:
    """The caches of a program, each with its size in bytes; None for one without a limit of its own."""
    if each.program == "llama-server":
        sizes = [_whole(preset.flags.get("cache-ram", "0")) for preset in presets_of(each)]
        most = each.value("modelsMax") or len(sizes)
        yield "the prompt caches", None if -1 in sizes else Decimal(sum(sorted(sizes)[-int(most) :])) * 2**20
    elif each.program == "vllm":
        for what in ("the KV cache", "/dev/shm"):
            size = _amount(each.value(SETTINGS[what]))
            if size is not None:
                yield what, size


def _key(each: ProgramContainer, what: str) -> Keys:
    """Where the size of a cache was written; the memory that is too little where nobody wrote one."""
    if each.program == "vllm":
        return each.key(SETTINGS[what])
    written = (key for preset in presets_of(each) if (key := preset.key("cache-ram")) != preset.entry)
    return next(written, each.key("resources", "limits", "memory"))


def _amount(text: object) -> Decimal | None:
    try:
        return quantity(text) if text else None
    except ValueError:
        return None  # the rule kubernetes/quantity says so


def _whole(text: str) -> int:
    return int(text) if text.lstrip("-").isdigit() else 0
