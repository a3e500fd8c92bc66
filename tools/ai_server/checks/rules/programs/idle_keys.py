"""Keys without effect, because another key decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import getitem

from ai_server.checks import facts
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView
from ai_server.helm.render import chart_defaults
from ai_server.reading.profiles import Keys

BY_NODE = ("rocm", "thor")
"""The components whose settings a node can override."""


@dataclass(frozen=True)
class Idle:
    """A row of facts/idle_keys.yaml."""

    section: str
    keys: tuple[str, ...]
    key: str
    when: bool | str
    because: str
    fix: str

    @property
    def component(self) -> str:
        """The first part of the section."""
        return self.section.partition(".")[0]

    @property
    def inner(self) -> Keys:
        """The section below its component, or below a node of it."""
        return tuple(self.section.split(".")[1:])

    def holds(self, view: ValuesView, owner: Keys) -> bool:
        """Whether the deciding key has its value in the section of a component or of one of its nodes."""
        value = view.effective(owner, *self.inner, self.key)
        return bool(value) == self.when if isinstance(self.when, bool) else bool(value == self.when)


@rule("programs/no-effect")
def no_effect(view: ValuesView) -> Iterator[Violation]:
    """Looks at the last file only: an earlier one may be meant for another cluster."""
    for idle in (Idle(**row) for row in facts.table("idle_keys")):
        nodes = view.get(idle.component, "nodes") if idle.component in BY_NODE else ()
        entries: list[Keys] = [(idle.component, "nodes", name) for name in nodes]
        # a setting for all nodes may be meant for the node that decides otherwise
        everywhere: list[Keys] = [(idle.component,)] if all(idle.holds(view, entry) for entry in entries) else []
        for owner in (*everywhere, *entries):
            if idle.holds(view, owner):
                yield from _idle_keys(view, owner, idle)
    yield from _overrides_of_others(view)


def _idle_keys(view: ValuesView, owner: Keys, idle: Idle) -> Iterator[Violation]:
    defaults = reduce(getitem, idle.section.split("."), chart_defaults())
    for key in idle.keys:
        keys = (*owner, *idle.inner, key)
        in_last_file = view.given(*keys) and view.values.place(keys).file == str(view.values.files[-1])
        # repeating the chart's default is harmless
        if in_last_file and view.get(*keys) not in ("", None, {}, [], defaults[key]):
            other = ".".join(map(str, (*idle.inner, idle.key)))
            yield Violation(keys, f"{key} has no effect: {other} {idle.because}", idle.fix)


def _overrides_of_others(view: ValuesView) -> Iterator[Violation]:
    """Overrides for models that the node does not serve."""
    for name, node in view.get("rocm", "nodes").items():
        serve: list[str] = node.get("serve") or []
        for model in node.get("overrides") or {}:
            if serve and model not in serve and model in view.get("rocm", "models"):
                keys = ("rocm", "nodes", name, "overrides", model)
                yield Violation(keys, f"{name} does not serve {model}", f"add {model} to serve, or remove it")
