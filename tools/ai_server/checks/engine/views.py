"""What rules look at: the values, what they render to, and the cluster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import wraps
from typing import Any, Self, TypeVar

from ai_server.checks.engine.keypaths import dotted, without
from ai_server.checks.engine.model import Finding, Violation
from ai_server.checks.engine.pages import Page
from ai_server.checks.engine.secrets import Mask, Secret, secrets_in
from ai_server.helm.render import chart_defaults
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.kubeversion import KUBE_VERSION
from ai_server.kube.manifests import Manifests
from ai_server.reading.merge import coalesce
from ai_server.reading.profiles import Keys, Values, nearest
from ai_server.reading.textfile import Place

IN_A_POD = {"affinity", "securityContext", "extraVolumes"}
V = TypeVar("V", bound="ValuesView")
T = TypeVar("T")


def computed_once(function: Callable[[V], T]) -> Callable[[V], T]:
    """A function of a view, computed once per check: what it returns must not be changed."""

    @wraps(function)
    def remembered(view: V) -> T:
        if remembered not in view.computed:
            view.computed[remembered] = function(view)
        result: T = view.computed[remembered]
        return result

    return remembered


@dataclass
class ValuesView:
    """The values, as they were written and over the chart's defaults.

    refused: what the schema and the chart's own validation refuse, by the rule's id.
    pruned: the keys that the schema refuses, each with the key that was probably meant.
    """

    values: Values
    kube_version: str = KUBE_VERSION
    release: str = "ai-server"
    namespace: str = "ai-server"
    online: bool = False
    refused: dict[str, list[Violation]] = field(default_factory=dict)
    pruned: dict[Keys, Keys] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    computed: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def over(cls, view: "ValuesView", **more: Any) -> Self:
        """The same values with what they render to, or the cluster; what was computed stays."""
        return cls(**{each.name: getattr(view, each.name) for each in fields(view)} | more)

    @property
    @computed_once
    def merged(self) -> dict[str, Any]:
        """The values over the chart's defaults, as templates see them, without what the schema refuses."""
        return coalesce(chart_defaults(), without(self.values.values, [_cut(gone) for gone in self.pruned]))

    def count(self, what: str, number: int = 1) -> None:
        """Counts what was looked at: a check that looked at nothing must not look like a pass."""
        self.counted[what] = self.counted.get(what, 0) + number

    def without_pruned(self) -> None:
        """Computes anew what was computed before it was known which keys the schema refuses."""
        self.computed.clear()

    def refuse(self, rule: str, violation: Violation) -> None:
        """Keeps what the schema or the chart refuses, for the rule that says it."""
        self.refused.setdefault(rule, []).append(violation)

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

    @property
    @computed_once
    def secrets(self) -> list[tuple[Secret, Place]]:
        """The secrets of every file, each with its place, those that a later key or file took the place of as well."""
        found = [
            (secret, nearest(document.places, secret.keys) or self.values.place(()))
            for document in self.values.documents
            for keys, value in [((), document.values), *document.lost]
            for secret in secrets_in(value, document.plain, keys)
        ]
        return list(dict.fromkeys(found))

    @property
    @computed_once
    def mask(self) -> Mask:
        """Takes the values' secrets out of what is printed."""
        return Mask(secret for secret, _ in self.secrets)

    def finding(self, page: Page, violation: Violation) -> Finding:
        """A finding at the place of its key, in the file that won."""
        severity = violation.severity or page.severity
        message, fix = self.mask.message(violation.message), self.mask.message(violation.fix or page.fix)
        if severity == "not-checked":
            return Finding(page.id, severity, "", 0, 0, "", message, fix)
        place = violation.place or self.values.place(violation.keys)
        key = self.mask.message(dotted(violation.keys))
        return Finding(page.id, severity, place.file, place.line, place.column, key, message, fix)

    def follows(self, violation: Violation) -> bool:
        """Whether a violation is a mere consequence of what the schema refused: at the refused key or the one that was
        meant, below them, or at a key around them and about the one that was meant.
        """
        if violation.severity == "not-checked" or not self.pruned:
            return False
        gone, meant, around = self._refusals
        keys = violation.keys
        above = [keys[:length] for length in range(1, len(keys) + 1)]
        if not gone.isdisjoint(above) or (keys not in self.values.places and not meant.isdisjoint(above)):
            return True
        return not around.get(keys, set()).isdisjoint(violation.about)

    @property
    @computed_once
    def _refusals(self) -> tuple[set[Keys], set[Keys], dict[Keys, set[str]]]:
        """What is refused, what was meant, and for each key around something refused the names that were meant."""
        around: dict[Keys, set[str]] = {}
        for keys, meant in self.pruned.items():
            for length in range(len(keys)):
                around.setdefault(keys[:length], set()).add(str(meant[-1]))
        return {*self.pruned, *map(_cut, self.pruned)}, set(self.pruned.values()), around


@dataclass
class RenderView(ValuesView):
    """What the values render to as well."""

    manifests: Manifests = field(kw_only=True)
    facts: ClusterFacts | None = field(default=None, kw_only=True)
    """The cluster, where it is given: most rules about objects do without."""


@dataclass
class ClusterView(RenderView):
    """The cluster as well."""

    facts: ClusterFacts = field(kw_only=True)


def _cut(gone: Keys) -> Keys:
    """What goes with a refused key: of what a pod is made of, the whole item, since half a container is none."""
    item = next((index for index, key in enumerate(gone) if isinstance(key, int)), 0)
    if item:
        return gone[: item + 1]
    return gone[:-1] if IN_A_POD & set(gone[:-1]) else gone
