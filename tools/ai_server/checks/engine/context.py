"""What rules may look at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ai_server.checks.engine.found import Finding, Found
from ai_server.checks.engine.keypaths import dotted, without
from ai_server.checks.engine.registry import Known
from ai_server.checks.engine.secrets import Mask, Secret, secrets_in
from ai_server.helm.render import chart_defaults
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.kubeversion import KUBE_VERSION
from ai_server.kube.manifests import Manifests
from ai_server.reading.profiles import Keys, Values, coalesce, nearest
from ai_server.reading.textfile import Place

IN_A_POD = {"affinity", "securityContext", "extraVolumes"}


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
    pruned: dict[Keys, Keys] = field(default_factory=dict)
    """The keys that the schema refuses, each with the key that was probably meant."""
    programs: Any = None
    """The containers with their programs; running.running() fills it in."""
    shortages: Any = None
    """Pods without room; capacity.shortages() fills it in."""
    routes: Any = None
    """The routes of the gateway; gateway.all_routes() fills it in."""
    placement: Any = None
    """Which pods may go where; placement.placement() fills it in."""
    counted: dict[str, int] = field(default_factory=dict)

    @cached_property
    def merged(self) -> dict[str, Any]:
        """The values over the chart's defaults, as templates see them, without what the schema refuses."""
        return coalesce(chart_defaults(), without(self.values.values, [_cut(gone) for gone in self.pruned]))

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

    @cached_property
    def secrets(self) -> list[tuple[Secret, Place]]:
        """The secrets of every file, each with its place, those that a later key or file took the place of as well."""
        found = [
            (secret, nearest(document.places, secret.keys) or self.values.place(()))
            for document in self.values.documents
            for keys, value in [((), document.values), *document.lost]
            for secret in secrets_in(value, document.plain, keys)
        ]
        return list(dict.fromkeys(found))

    @cached_property
    def mask(self) -> Mask:
        """Takes the values' secrets out of what is printed."""
        return Mask(secret for secret, _ in self.secrets)

    def finding(self, known: Known, found: Found) -> Finding:
        """A finding at the place of its key, in the file that won."""
        severity = found.severity or known.rule.severity
        message, fix = self.mask.message(found.message), self.mask.message(found.fix)
        if severity == "not-checked":
            return Finding(known.id, severity, "", 0, 0, "", message, fix)
        place = found.place or self.values.place(found.keys)
        key = self.mask.message(dotted(found.keys))
        return Finding(known.id, severity, place.file, place.line, place.column, key, message, fix)

    def follows(self, found: Found) -> bool:
        """Whether a finding is a mere consequence of what the schema refused: at the refused key or the one that was
        meant, below them, or around them and in words that name the one that was meant.
        """
        if found.severity == "not-checked" or not self.pruned:
            return False
        gone, meant, around = self._refusals
        keys = found.keys
        above = [keys[:length] for length in range(1, len(keys) + 1)]
        if not gone.isdisjoint(above) or (keys not in self.values.places and not meant.isdisjoint(above)):
            return True
        return not around.get(keys, set()).isdisjoint(re.findall(r"[\w-]+", f"{found.message} {found.fix}"))

    @cached_property
    def _refusals(self) -> tuple[set[Keys], set[Keys], dict[Keys, set[str]]]:
        """What is refused, what was meant, and for each key around something refused the names that were meant."""
        around: dict[Keys, set[str]] = {}
        for keys, meant in self.pruned.items():
            for length in range(len(keys)):
                around.setdefault(keys[:length], set()).add(str(meant[-1]))
        return {*self.pruned, *map(_cut, self.pruned)}, set(self.pruned.values()), around


def _cut(gone: Keys) -> Keys:
    """What goes with a refused key: of what a pod is made of, the whole item, since half a container is none."""
    item = next((index for index, key in enumerate(gone) if isinstance(key, int)), 0)
    if item:
        return gone[: item + 1]
    return gone[:-1] if IN_A_POD & set(gone[:-1]) else gone
