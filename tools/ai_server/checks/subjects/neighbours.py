"""Pods that must be near to, apart from, or spread among others: whether there is a node for each.

kubernetes.io, "Assigning Pods to Nodes" and "Pod Topology Spread Constraints", read 2026-11-26.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.copies import missing, replicas, take
from ai_server.checks.subjects.placement import Placed, Placement, placement
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import NONE, Amounts, labels, states, untolerated

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
KINDS = ("podAffinity", "podAntiAffinity")
REVISION = "pod-template-hash"
"""A label that each revision of a Deployment has: pods of another workload have another value."""


@dataclass(frozen=True)
class Alone:
    """A pod without a node because of the pods around it, the number of such pods with one, and the field ("" if it
    is one of another pod, or if that one took the room); whether that is so in every order in which the pods may come.
    """

    placed: Placed
    with_node: int
    field: str
    always: bool = True


@dataclass(frozen=True)
class Neighbour:
    """A pod on a node, by its labels and its namespace; workload: its name."""

    labels: dict[str, str]
    namespace: str
    workload: str
    node: Object
    spec: Object = field(repr=False)


def alone(view: ClusterView, without: Collection[Placed]) -> Alone | None:
    """The first pod that no node accepts next to the others, in one of several orders; None if there is none.

    without: pods that have no room anyway.
    """
    layout = placement(view)
    if not any(_terms(placed.pod.spec, *KINDS) or _spreads(placed) for placed in layout.placed):
        return None
    single = [pod for pod in layout.placed if pod.possible and not pod.every and pod not in without]
    pods = [placed for placed in single for _ in range(replicas(placed.pod))]
    # like the scheduler, which prefers the node with the most room; the others stand for other orders of arrival
    tries = [
        (pods, -1),
        (sorted(pods, key=lambda placed: len(placed.meant)), -1),
        (list(reversed(pods)), -1),
        (pods, 1),
    ]
    results = [_Room(layout, view.namespace).place(order, preference) for order, preference in tries]
    stuck = next(filter(None, results), None)
    return stuck and replace(stuck, always=all(results))


class _Room:
    """The nodes while pods are placed on them."""

    def __init__(self, layout: Placement, namespace: str) -> None:
        self.nodes, self.namespace = layout.nodes, namespace
        self.left: dict[str, Amounts] = {name: dict(amounts) for name, amounts in layout.left.items()}
        self.by_name = {node["metadata"]["name"]: node for node in layout.nodes}
        self.placed = [self._outsider(pod) for pod in layout.others if pod["spec"].get("nodeName") in self.by_name]
        for pool in layout.placed:
            for node in pool.possible if pool.every else []:
                self._put(pool, node)

    def place(self, waiting: list[Placed], preference: int) -> Alone | None:
        """Places pods until no further one fits; the first that still waits for a node."""
        while waiting:
            later = [placed for placed in waiting if not self._try(placed, preference)]
            if len(later) == len(waiting):
                return self._alone(later[0])
            waiting = later
        return None

    def _alone(self, placed: Placed) -> Alone:
        count = sum(pod.workload == placed.pod.name for pod in self.placed)
        spread = "topologySpreadConstraints" if _spreads(placed) else ""
        return Alone(placed, count, "affinity" if _terms(placed.pod.spec, *KINDS) else spread)

    def _try(self, placed: Placed, preference: int) -> bool:
        short = missing(placed, self.left)
        names = [node["metadata"]["name"] for node in placed.meant if node["metadata"]["name"] not in short]
        names.sort(key=lambda name: (preference * self.left[name].get("memory", NONE), name))
        node = next((self.by_name[name] for name in names if self._accepts(placed, self.by_name[name])), None)
        if node is not None:
            self._put(placed, node)
        return node is not None

    def _put(self, placed: Placed, node: Object) -> None:
        take(placed, self.left[node["metadata"]["name"]])
        self.placed.append(self._neighbour(placed, node))

    def _neighbour(self, placed: Placed, node: Object) -> Neighbour:
        return Neighbour(placed.pod.labels, self.namespace, placed.pod.name, node, placed.pod.spec)

    def _outsider(self, pod: Object) -> Neighbour:
        metadata, node = pod["metadata"], self.by_name[pod["spec"]["nodeName"]]
        return Neighbour(metadata.get("labels") or {}, metadata.get("namespace", ""), "", node, pod["spec"])

    def _accepts(self, placed: Placed, node: Object) -> bool:
        pod = self._neighbour(placed, node)
        if any(self._shares(term, pod, other) for term in _terms(pod.spec, "podAntiAffinity") for other in self.placed):
            return False
        for other in self.placed:
            if any(self._shares(term, other, pod) for term in _terms(other.spec, "podAntiAffinity")):
                return False
        return self._near(pod) and all(self._spread(placed, pod, item) for item in _spreads(placed))

    def _shares(self, term: Object, owner: Neighbour, other: Neighbour) -> bool:
        """Whether another pod, which a term of the owner selects, is in the owner's domain."""
        domain = labels(owner.node).get(term["topologyKey"])
        same = domain is not None and labels(other.node).get(term["topologyKey"]) == domain
        return same and _selects(term, owner, other)

    def _near(self, pod: Neighbour) -> bool:
        """Whether the pods that the pod must be near to are; the first of a group may be near to none but itself."""
        terms = _terms(pod.spec, "podAffinity")
        if not all(term["topologyKey"] in labels(pod.node) for term in terms):
            return False
        if all(any(self._shares(term, pod, other) for other in self.placed) for term in terms):
            return True
        anywhere = any(all(_selects(term, pod, other) for term in terms) for other in self.placed)
        return not anywhere and all(_selects(term, pod, pod) for term in terms)

    def _spread(self, placed: Placed, pod: Neighbour, item: Object) -> bool:
        key = item["topologyKey"]
        if key not in labels(pod.node):
            return False
        eligible = [node for node in self.nodes if self._counts(placed, item, node)]
        counts = Counter({labels(node)[key]: 0 for node in eligible})
        for other in self.placed:
            if other.node in eligible and _selects(item, pod, other):
                counts[labels(other.node)[key]] += 1
        fewest = min(counts.values(), default=0) if len(counts) >= item.get("minDomains", 1) else 0
        itself = int(_selects(item, pod, pod))
        return bool(counts[labels(pod.node)[key]] + itself - fewest <= item["maxSkew"])

    def _counts(self, placed: Placed, item: Object, node: Object) -> bool:
        """Whether a node counts as a place for pods: by default, with fitting labels and whatever taints."""
        if not all(other["topologyKey"] in labels(node) for other in _spreads(placed)):
            return False
        if item.get("nodeAffinityPolicy") != "Ignore" and node not in placed.fitting:
            return False
        honoured = item.get("nodeTaintsPolicy") == "Honor"
        return not honoured or not (untolerated(node, placed.tolerations) or states(node))


def _terms(spec: Object, *kinds: str) -> list[Object]:
    affinity = spec.get("affinity") or {}
    return [term for kind in kinds for term in (affinity.get(kind) or {}).get(REQUIRED) or []]


def _spreads(placed: Placed) -> list[Object]:
    items = placed.pod.spec.get("topologySpreadConstraints") or []
    return [item for item in items if item.get("whenUnsatisfiable") == "DoNotSchedule"]


def _selects(term: Object, owner: Neighbour, other: Neighbour) -> bool:
    """Whether a term of a pod is about another one."""
    if "namespaceSelector" not in term and other.namespace not in (term.get("namespaces") or [owner.namespace]):
        return False
    keys = term.get("matchLabelKeys") or []
    if REVISION in keys and other.workload != owner.workload:
        return False
    same = all(other.labels.get(key) == owner.labels.get(key) for key in keys if key in owner.labels)
    return same and "labelSelector" in term and meets(term["labelSelector"] or {}, other.labels)


def meets(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a label selector selects an object with these labels."""
    return all(_parts(selector, labels))


def _parts(selector: Object, labels: dict[str, str]) -> Iterator[bool]:
    yield (selector.get("matchLabels") or {}).items() <= labels.items()
    for expression in selector.get("matchExpressions") or []:
        value: Any = labels.get(expression.get("key"))
        values = expression.get("values") or []
        match expression.get("operator"):
            case "In":
                yield value in values
            case "NotIn":
                yield value not in values
            case "Exists":
                yield value is not None
            case _:
                yield value is None
