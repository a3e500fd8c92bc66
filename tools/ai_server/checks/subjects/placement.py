"""Which nodes each pod of a render may go to, by labels and by taints, and what is left on them; worked out once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ai_server.checks.engine.views import ClusterView, computed_once
from ai_server.kube.manifests import Object, Pod
from ai_server.kube.nodes import HOSTNAME, Amounts, allocatable, labels, needs, selected, untolerated


@dataclass(frozen=True)
class Placed:
    """A pod; the nodes whose labels fit; and those of them whose taints it tolerates as well."""

    pod: Pod
    fitting: list[Object]
    possible: list[Object]

    @property
    def every(self) -> bool:
        """Whether it is meant to run on each of its nodes."""
        return bool(self.pod.owner["kind"] == "DaemonSet")

    @property
    def meant(self) -> list[Object]:
        """The nodes that it may go to; where taints keep it off all of them, those that it was meant for: another node
        may be what was meant, and its processor and GPU tell.
        """
        return self.possible or self.fitting

    @property
    def tolerations(self) -> list[Object]:
        """What it tolerates."""
        return self.pod.spec.get("tolerations") or []


@dataclass(frozen=True)
class Barred:
    """A pod that taints keep away, the first such node with those taints, and how many nodes are like that."""

    placed: Placed
    node: Object
    taints: list[str]
    nodes: int


class Placement:
    """The pods of a render on the nodes of a cluster."""

    def __init__(self, view: ClusterView) -> None:
        self.facts = view.facts
        self.pods = view.manifests.running()
        self.release = view.release
        self.namespace = view.namespace
        known = [*self.facts.of_kind("RuntimeClass"), *view.manifests.of_kind("RuntimeClass")]
        self.runtimes = {each["metadata"]["name"]: each.get("scheduling") or {} for each in known}
        self.nodes = view.facts.of_kind("Node")

    @cached_property
    def placed(self) -> list[Placed]:
        """Every pod that stays, in the order of the render."""
        by_host = {labels(node)[HOSTNAME]: node for node in self.nodes}
        return [self._place(self._with_runtime(pod), by_host) for pod in self.pods]

    def _with_runtime(self, pod: Pod) -> Pod:
        """The pod with what its runtime class adds to where it may go: kubernetes.io, "Runtime Class", Scheduling."""
        adds = self.runtimes.get(pod.spec.get("runtimeClassName") or "")
        if not adds:
            return pod
        selector = {**(pod.spec.get("nodeSelector") or {}), **(adds.get("nodeSelector") or {})}
        tolerations = [*(pod.spec.get("tolerations") or []), *(adds.get("tolerations") or [])]
        return replace(pod, spec={**pod.spec, "nodeSelector": selector, "tolerations": tolerations})

    def _place(self, pod: Pod, by_host: dict[str, Object]) -> Placed:
        host = (pod.spec.get("nodeSelector") or {}).get(HOSTNAME)
        among: Sequence[Object] = self.nodes if host is None else [by_host[host]] if host in by_host else []
        fitting = selected(pod, among)
        tolerations = pod.spec.get("tolerations") or []
        return Placed(pod, fitting, [node for node in fitting if not untolerated(node, tolerations)])

    @cached_property
    def left(self) -> dict[str, Amounts]:
        """What each node has left beside the pods of others; this release's own will be replaced."""
        taken: defaultdict[str, list[Object]] = defaultdict(list)
        for pod in self.others:
            taken[pod["spec"].get("nodeName", "")].append(pod)
        return {node["metadata"]["name"]: _left(node, taken[node["metadata"]["name"]]) for node in self.nodes}

    @cached_property
    def others(self) -> list[Object]:
        """The pods of the cluster that are not this release's and still run."""
        return [pod for pod in self.facts.of_kind("Pod") if not self._own(pod) and not _ended(pod)]

    def _own(self, pod: Object) -> bool:
        metadata = pod["metadata"]
        named = (metadata.get("labels") or {}).get("app.kubernetes.io/instance") == self.release
        return named and metadata.get("namespace", self.namespace) == self.namespace

    @cached_property
    def barred(self) -> list[Barred]:
        """The pods that taints keep away from all of their nodes, or from one of a pool."""
        return [
            Barred(placed, first, untolerated(first, placed.tolerations), len(placed.fitting) - len(placed.possible))
            for placed in self.placed
            if len(placed.fitting) > len(placed.possible) and (placed.every or not placed.possible)
            for first in [next(node for node in placed.fitting if untolerated(node, placed.tolerations))]
        ]


@computed_once
def placement(view: ClusterView) -> Placement:
    """The placement of the render's pods on the cluster's nodes."""
    return Placement(view)


def _ended(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _left(node: Object, others: list[Object]) -> Amounts:
    left = allocatable(node)
    for pod in others:
        for resource, amount in needs(pod["spec"]).items():
            if resource in left:
                left[resource] -= amount
    return left
