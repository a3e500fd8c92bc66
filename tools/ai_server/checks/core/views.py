"""What rules look at: the values, the rendered objects, and the cluster."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ai_server.checks.core.keypaths import dotted, without
from ai_server.checks.core.model import Finding, Violation
from ai_server.checks.core.removal import worded
from ai_server.checks.core.secrets import Mask, Secret, default_passwords, secrets_in
from ai_server.helm.render import chart_defaults
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.kubeversion import KUBE_VERSION
from ai_server.kube.manifests import Manifests
from ai_server.memory.known import KnownModels
from ai_server.reading.merge import coalesce
from ai_server.reading.profiles import Keys, Values, nearest
from ai_server.reading.textfile import Place

if TYPE_CHECKING:
    from ai_server.checks.core.pages import Page

IN_A_POD = {"affinity", "securityContext", "extraVolumes", "modelsVolume"}
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
    """The values, as written and merged over the chart's defaults.

    models: what is known about the model files.
    refused: what the schema and the chart's own validation reject, by the rule's id.
    pruned: the keys that the schema rejects, each with the key that was probably meant.
    corrected: the values with the certain fixes of what the schema rejects, and the rejected keys that these fix.
    rule: the rule that runs; counted: totals, and the number of subjects that each rule looked at.
    """

    values: Values
    kube_version: str = KUBE_VERSION
    release: str = "ai-server"
    namespace: str = "ai-server"
    online: bool = False
    models: KnownModels = field(default_factory=KnownModels)
    refused: dict[str, list[Violation]] = field(default_factory=dict)
    pruned: dict[Keys, Keys] = field(default_factory=dict)
    corrected: tuple[dict[str, Any], frozenset[Keys]] | None = None
    rule: str = ""
    counted: dict[str, int] = field(default_factory=dict)
    computed: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def over(cls, view: "ValuesView", **more: Any) -> Self:
        """The same values and computed results, with the rendered objects or the cluster."""
        return cls(**{part.name: getattr(view, part.name) for part in fields(view)} | more)

    @property
    @computed_once
    def merged(self) -> dict[str, Any]:
        """The values over the chart's defaults, as templates see them. What the schema rejects is replaced by what was
        certainly meant, or removed.
        """
        values, fixed = self.corrected or (self.values.values, frozenset())
        return coalesce(chart_defaults(), without(values, [_cut(keys) for keys in self.pruned if keys not in fixed]))

    def is_here(self, item: Mapping[str, Any]) -> bool:
        """Whether an object is in the namespace of the release, as one is that names none."""
        return bool((item.get("metadata") or {}).get("namespace", self.namespace) == self.namespace)

    def count(self, what: str, number: int = 1) -> None:
        """Adds to a total."""
        self.counted[what] = self.counted.get(what, 0) + number

    def look_at(self, subjects: list[T]) -> list[T]:
        """The subjects; keeps the largest number that a rule looked at, since a check of nothing must not look like a
        pass.
        """
        if self.rule:
            self.counted[self.rule] = max(self.counted.get(self.rule, 0), len(subjects))
        return subjects

    def without_pruned(self) -> None:
        """Forgets what was computed before the keys that the schema rejects were known."""
        self.computed.clear()

    def refuse(self, rule: str, violation: Violation) -> None:
        """Keeps what the schema or the chart rejects, for the rule that reports it."""
        self.refused.setdefault(rule, []).append(violation)

    def given(self, *keys: str | int) -> bool:
        """Whether the user's files set a key."""
        return tuple(keys) in self.values.places

    def get(self, *keys: str | int) -> Any:
        """The merged value at a path; None if there is none."""
        value: Any = self.merged
        for key in keys:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def effective(self, owner: Keys, *keys: str | int) -> Any:
        """The value for an owner: its entry's own, else its component's."""
        value = self.get(*owner, *keys)
        return self.get(*owner[:1], *keys) if value is None else value

    @property
    @computed_once
    def secrets(self) -> list[tuple[Secret, Place]]:
        """The secrets of every file with their locations, including those that a later key or file replaces."""
        secrets = [
            (secret, nearest(document.places, secret.keys) or self.values.place(()))
            for document in self.values.documents
            for keys, value in [((), document.values), *document.lost]
            for secret in secrets_in(value, document.plain, keys)
        ]
        return list(dict.fromkeys(secrets))

    @property
    @computed_once
    def at_secrets(self) -> frozenset[Keys]:
        """The keys with a secret or a well-known password, which are reported as that: what else is wrong does not
        matter.
        """
        defaults = (keys for keys, _ in default_passwords(self.values.values))
        return frozenset([*defaults, *(secret.keys for secret, _ in self.secrets)])

    @property
    @computed_once
    def mask(self) -> Mask:
        """Removes the secrets of the values from all output."""
        return Mask((secret for secret, _ in self.secrets), names=chart_defaults())

    def finding(self, page: "Page", violation: Violation) -> Finding:
        """The finding for a violation, at its key in the file whose value counts."""
        severity = violation.severity or page.severity
        message, fix = self.mask.message(violation.message), violation.fix or page.fix or page.change
        if severity == "not-checked":
            return Finding(page.id, severity, "", 0, 0, "", message, self.mask.message(fix))
        place = violation.place or self.values.place(violation.keys)
        key = self.mask.message(f'"{dotted(violation.keys)}"')[1:-1]  # in quotes, as what the user wrote
        changes = violation.changes
        if page.change and not violation.fix:
            changes = violation.changed(page.change)
        shown = self.mask.message(worded(self.values, self.mask, fix, changes))
        if self.mask.message(fix) != fix or not all(
            change.op in ("set", "spaces") or self.given(*change.keys) for change in changes
        ):
            changes = ()  # it contains a secret, or is about a default
        return Finding(page.id, severity, place.file, place.line, place.column, key, message, shown, changes)

    def follows(self, violation: Violation) -> bool:
        """Whether a violation is only a consequence of what the schema rejected: it is at the rejected key or the one
        that was meant, below them, or at a key around them and about the one that was meant.
        """
        if violation.severity == "not-checked" or not self.pruned:
            return False
        refused, meant, around = self._refusals
        keys = violation.keys
        above = [keys[:length] for length in range(1, len(keys) + 1)]
        if not refused.isdisjoint(above) or (keys not in self.values.places and not meant.isdisjoint(above)):
            return True
        return not around.get(keys, set()).isdisjoint(violation.about)

    @property
    @computed_once
    def _refusals(self) -> tuple[set[Keys], set[Keys], dict[Keys, set[str]]]:
        """The rejected keys, the keys that were meant, and for each key around a rejected one the names meant there."""
        around: dict[Keys, set[str]] = {}
        for keys, meant in self.pruned.items():
            for length in range(len(keys)):
                around.setdefault(keys[:length], set()).add(str(meant[-1]))
        return {*self.pruned, *map(_cut, self.pruned)}, set(self.pruned.values()), around


@dataclass
class RenderView(ValuesView):
    """The values and the rendered objects."""

    manifests: Manifests = field(kw_only=True)
    facts: ClusterFacts | None = field(default=None, kw_only=True)
    """The cluster, if given: most rules about objects do not need it."""


@dataclass
class ClusterView(RenderView):
    """The values, the rendered objects and the cluster."""

    facts: ClusterFacts = field(kw_only=True)


def _cut(keys: Keys) -> Keys:
    """What to remove for a rejected key: within a pod the complete item, because half a container is not valid."""
    item = next((index for index, key in enumerate(keys) if isinstance(key, int)), 0)
    if item:
        return keys[: item + 1]
    return keys[:-1] if IN_A_POD & set(keys[:-1]) else keys
