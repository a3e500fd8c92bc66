"""What a rule says, and what it may look at."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ai_server.checks.rules import Known, Severity
from ai_server.checks.secrets import masked
from ai_server.cluster_facts import ClusterFacts
from ai_server.manifests import Manifests, Object
from ai_server.profiles import Keys, Values, coalesce
from ai_server.render import KUBE_VERSION, chart_defaults
from ai_server.textfile import Place

ORDER = {"error": 0, "warning": 1, "hint": 2, "not-checked": 3}


@dataclass(frozen=True)
class Found:
    """What a rule's check yields: the key, what is wrong, and what to write; its place when that is not the key's.

    at: the object that shows it. The same thing at several objects is told once.
    """

    keys: Keys
    message: str
    fix: str = ""
    place: Place | None = None
    severity: Severity | None = None
    at: str = ""


def told_once(found: Iterable[Found]) -> Iterator[Found]:
    """The same, what is wrong at several objects as one, which names the first and counts the others."""
    same: dict[Found, list[str]] = {}
    for each in found:
        same.setdefault(replace(each, at=""), []).append(each.at)
    for one, objects in same.items():
        names = list(dict.fromkeys(name for name in objects if name))
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield replace(one, message=f"{one.message}: {names[0]}{more}") if names else one


def not_checked(why: str) -> Found:
    """That a rule had nothing to go by."""
    return Found((), why, severity="not-checked")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, where, and what to write instead; not-checked: what could not be looked at, and why."""

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    key: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column} " if self.file else ""
        key = f"{self.key}: " if self.key else ""
        return f"{where}{self.severity} {key}{self.message} [{self.rule}]"

    @property
    def rank(self) -> tuple[Any, ...]:
        """Errors first, then in the order of the files: the same every time."""
        return (ORDER[self.severity], self.file, self.line, self.column, self.rule, self.message)

    def strict(self) -> "Finding":
        """The same, a warning as an error."""
        return replace(self, severity="error") if self.severity == "warning" else self


@dataclass
class Context:
    """What rules look at: the values, what they render to (None: they do not), and the cluster (None: not given).

    refused holds what the schema and the chart said, by the id of the rule whose words they are.
    """

    values: Values
    manifests: Manifests | None = None
    facts: ClusterFacts | None = None
    kube_version: str = KUBE_VERSION
    release: str = "ai-server"
    namespace: str = "ai-server"
    online: bool = False
    refused: dict[str, list[Found]] = field(default_factory=dict)
    pruned: list[Keys] = field(default_factory=list)
    programs: Any = None
    """The containers with their programs; running.running() fills it in."""
    shortages: Any = None
    """Pods without room; capacity.shortages() fills it in."""
    routes: Any = None
    """The configuration of the gateway; gateway.gateway() fills it in."""
    placement: Any = None
    """Which pods may go where; placement.placement() fills it in."""
    counted: dict[str, int] = field(default_factory=dict)

    @cached_property
    def merged(self) -> dict[str, Any]:
        """The values over the chart's defaults, as templates see them, without what the schema refuses."""
        return coalesce(chart_defaults(), _without(self.values.values, self.pruned))

    def count(self, what: str, number: int = 1) -> None:
        """Counts what was looked at: a check that looked at nothing must not look like a pass."""
        self.counted[what] = self.counted.get(what, 0) + number

    def refuse(self, rule: str, found: Found) -> None:
        """Keeps what the schema or the chart refuses, for the rule that says it."""
        self.refused.setdefault(rule, []).append(found)

    def given(self, *keys: str | int) -> bool:
        """Whether the user's files give a key."""
        return tuple(keys) in self.values.places

    def get(self, *keys: str | int) -> Any:
        """The merged value at a path; None where there is none."""
        value: Any = self.merged
        for key in keys:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def effective(self, owner: Keys, *keys: str | int) -> Any:
        """The value that an owner gets: its entry's own, else its component's."""
        own = self.get(*owner, *keys)
        return self.get(*owner[:1], *keys) if own is None else own

    def setting(self, owner: Keys, *keys: str | int) -> Keys:
        """Where a setting of an owner was written: (rocm, nodes, halo) + keys, else (rocm) + keys, else the former."""
        for length in (len(owner), 1):
            path = (*owner[:length], *keys)
            if path in self.values.places:
                return path
        return (*owner, *keys) if len(owner) < 2 or not self._below(owner, keys) else (*owner[:1], *keys)

    def _below(self, owner: Keys, keys: Sequence[str | int]) -> bool:
        return any((*owner[:1], *keys[:length]) in self.values.places for length in range(1, len(keys)))

    def finding(self, known: Known, found: Found) -> Finding:
        """A finding at the place of its key, in the file that won."""
        severity = found.severity or known.rule.severity
        if severity == "not-checked":
            return Finding(known.id, severity, "", 0, 0, "", found.message, found.fix)
        place = found.place or self.values.place(found.keys)
        message, fix = masked(found.message), masked(found.fix)
        return Finding(known.id, severity, place.file, place.line, place.column, dotted(found.keys), message, fix)

    def follows(self, keys: Keys) -> bool:
        """Whether a finding may be a mere consequence of what the schema refused beside or below its key."""
        beside = any(keys[: len(gone) - 1] == gone[:-1] for gone in self.pruned) and keys not in self.values.places
        return beside or any(gone[: len(keys)] == keys for gone in self.pruned)


def _without(values: Any, gone: Sequence[Keys]) -> Any:
    """Values without the keys at some paths."""
    if not gone:
        return values
    here = {path[0] for path in gone if len(path) == 1}
    if isinstance(values, dict):
        return {
            key: _without(value, [path[1:] for path in gone if path[:1] == (key,) and len(path) > 1])
            for key, value in values.items()
            if key not in here
        }
    if isinstance(values, list):
        return [
            _without(value, [path[1:] for path in gone if path[:1] == (index,) and len(path) > 1])
            for index, value in enumerate(values)
            if index not in here
        ]
    return values


def dotted(keys: Keys) -> str:
    """rocm.nodes.halo.serve[0], as people write it."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def origin(item: Object) -> Keys:
    """The key of the values that an object comes from, by its labels: (rocm, nodes, halo) or (litellm,)."""
    labels = item["metadata"].get("labels") or {}
    component = labels.get("app.kubernetes.io/component", "")
    node = labels.get("ai-server/node")
    return (component, "nodes", node) if node else (component,) if component else ()


def leaves(value: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Every scalar of nested values with its path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from leaves(each, (*path, index))
    else:
        yield path, value


def said(module: str) -> Callable[[Context], list[Found]]:
    """The check of a rule whose words the schema or the chart says; module is the rule's __name__."""
    _, _, category, name = module.rsplit(".", 3)
    rule = f"{category}/{name.replace('_', '-')}"

    def check(context: Context) -> list[Found]:
        return context.refused.get(rule, [])

    return check
