"""What a rule says, and what it may look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from ai_server.cluster_facts import ClusterFacts
from ai_server.manifests import Manifests, Object
from ai_server.profiles import Keys, Values, coalesce
from ai_server.render import KUBE_VERSION, chart_defaults

Severity = Literal["error", "warning", "not-checked"]
ORDER = {"error": 0, "warning": 1, "not-checked": 2}


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


@dataclass
class Context:
    """What rules look at: the values, what they render to (None: they do not), and the cluster (None: not given)."""

    values: Values
    manifests: Manifests | None = None
    facts: ClusterFacts | None = None
    kube_version: str = KUBE_VERSION
    release: str = "ai-server"
    namespace: str = "ai-server"
    counted: dict[str, int] = field(default_factory=dict)

    @cached_property
    def merged(self) -> dict[str, Any]:
        """The values over the chart's defaults, as templates see them."""
        return coalesce(chart_defaults(), self.values.values)

    def count(self, what: str, number: int = 1) -> None:
        """Counts what was looked at: a check that looked at nothing must not look like a pass."""
        self.counted[what] = self.counted.get(what, 0) + number

    def finding(
        self, rule: str, keys: Sequence[str | int], message: str, fix: str = "", severity: Severity = "error"
    ) -> Finding:
        """A finding at the place of a key, in the file that won."""
        place = self.values.place(tuple(keys))
        return Finding(rule, severity, place.file, place.line, place.column, dotted(tuple(keys)), message, fix)

    def unchecked(self, rule: str, why: str) -> Finding:
        """That a rule had nothing to go by."""
        return Finding(rule, "not-checked", "", 0, 0, "", why)


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
