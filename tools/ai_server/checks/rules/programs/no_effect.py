"""A value that changes nothing, because another one decides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView
from ai_server.helm.render import chart_defaults
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class Idle:
    """Keys of a section that do nothing while a key beside them has a certain value."""

    keys: tuple[str, ...]
    beside: str
    idle: Callable[[Any], bool]
    because: str
    fix: str


INGRESS = ("host", "tlsSecret", "className", "annotations")
OFF = ("is off", "set enabled: true, or take it out")
SECTIONS: dict[tuple[str, ...], list[Idle]] = {
    ("litellm", "ingress"): [Idle(INGRESS, "enabled", lambda on: not on, *OFF)],
    ("openwebui", "ingress"): [Idle(INGRESS, "enabled", lambda on: not on, *OFF)],
    ("litellm", "healthChecks"): [Idle(("intervalSeconds",), "enabled", lambda on: not on, *OFF)],
    ("openwebui", "persistence"): [
        Idle(("size", "storageClass", "accessMode"), "existingClaim", bool, "is given", "take one of the two out"),
        Idle(("existingClaim", "size", "storageClass", "accessMode"), "enabled", lambda on: not on, *OFF),
    ],
    ("openwebui",): [
        Idle(("pod",), "mode", lambda mode: mode == "sidecar", "is sidecar", "write it in litellm.pod: it is one pod")
    ],
    ("thor", "vllm"): [
        Idle(("gpuMemoryUtilization",), "kvCacheMemory", bool, "decides", 'write kvCacheMemory: "", or take this out')
    ],
    ("rocm",): [
        Idle(("gpuResource",), "gpuAccess", lambda way: way == "privileged", "is privileged", "take it out")
    ],
}  # fmt: skip
"""By section; those of rocm and thor may be a node's as well."""


@rule("programs/no-effect")
def check(view: ValuesView) -> Iterator[Violation]:
    """A warning for each such key that the files give."""
    for section, rules in SECTIONS.items():
        for owner in _owners(view, section):
            for idle in rules:
                yield from _idle(view, owner, section[1:], idle)
    yield from _overrides(view)


def _owners(view: ValuesView, section: tuple[str, ...]) -> Iterator[Keys]:
    yield section[:1]
    if section[0] in ("rocm", "thor"):
        yield from ((section[0], "nodes", name) for name in view.get(section[0], "nodes") or {})


def _idle(view: ValuesView, owner: Keys, inner: tuple[str, ...], idle: Idle) -> Iterator[Violation]:
    view.count("keys that another decides")
    if len(owner) == 1 and owner[0] in ("rocm", "thor") and not _same_everywhere(view, owner, inner, idle):
        return
    if not idle.idle(view.effective(owner, *inner, idle.beside)):
        return
    for key in idle.keys:
        keys = (*owner, *inner, key)
        # what an earlier file says may be for another cluster
        last = view.given(*keys) and view.values.place(keys).file == str(view.values.files[-1])
        if last and view.get(*keys) not in ("", None, {}, [], _default(owner[:1], inner, key)):
            other = ".".join((*inner, idle.beside))
            yield Violation(keys, f"{key} does nothing: {other} {idle.because}", idle.fix)


def _default(owner: Keys, inner: tuple[str, ...], key: str) -> Any:
    """The chart's own value, which nobody misses when it is written out."""
    value: Any = chart_defaults()
    for each in (*owner, *inner, key):
        value = value.get(each) if isinstance(value, dict) else None
    return value


def _same_everywhere(view: ValuesView, owner: Keys, inner: tuple[str, ...], idle: Idle) -> bool:
    """Whether no node decides otherwise: what is written for all may then be for that one."""
    names = view.get(*owner, "nodes") or {}
    return all(idle.idle(view.effective((*owner, "nodes", name), *inner, idle.beside)) for name in names)


def _overrides(view: ValuesView) -> Iterator[Violation]:
    for name, node in (view.get("rocm", "nodes") or {}).items():
        serve: list[str] = (node.get("serve") or []) if isinstance(node, dict) else []
        for model in (node.get("overrides") or {}) if serve else ():
            if model not in serve and model in (view.get("rocm", "models") or {}):
                keys = ("rocm", "nodes", name, "overrides", model)
                yield Violation(keys, f"{name} does not serve {model}", f"add {model} to serve, or take it out")
