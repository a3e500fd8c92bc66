"""The nodes that each pod may run on, by labels and taints, and what is left on them; computed once."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from ai_server.checks.core.views import ClusterView, computed_once
from ai_server.checks.subjects.pods import PodSubject, pods
from ai_server.kube.manifests import Object, Pod
from ai_server.kube.nodes import Amounts, allocatable, needs, states, untolerated
from ai_server.kube.scheduler import Scheduler


@dataclass(frozen=True)
class Placed:
    """A pod as rendered, and with the additions of its runtime class; the nodes whose labels fit; and those of them
    whose taints it also tolerates.
    """

    subject: PodSubject
    pod: Pod
    fitting: list[Object]
    possible: list[Object]

    @property
    def every(self) -> bool:
        """Whether it runs on each of its nodes."""
        return bool(self.pod.owner["kind"] == "DaemonSet")

    @cached_property
    def meant(self) -> list[Object]:
        """The nodes that it may run on, without those that accept no pods at the moment, if there are others. If taints
        exclude all of them, those with fitting labels: another one may be meant, which the processor and the GPU show.
        """
        ready = [node for node in self.possible if self.every or not states(node)]
        return ready or self.possible or self.fitting

    @property
    def selector(self) -> dict[str, str]:
        """The labels that its nodes must have."""
        return self.pod.spec.get("nodeSelector") or {}

    @property
    def tolerations(self) -> list[Object]:
        """Its tolerations, including those of its runtime class."""
        return self.pod.spec.get("tolerations") or []


@dataclass(frozen=True)
class Barred:
    """A pod that taints exclude, the first such node with those taints, and the number of such nodes."""

    placed: Placed
    node: Object
    taints: list[Object]
    nodes: int


class Placement:
    """The pods of the release on the nodes of a cluster."""

    def __init__(self, view: ClusterView) -> None:
        self.facts = view.facts
        self.pods = [pod for pod in pods(view) if not pod.pod.of_hook and pod.pod.owner["spec"].get("replicas") != 0]
        self.release = view.release
        self.namespace = view.namespace
        self.scheduler = Scheduler.of(view.facts, view.manifests)
        self.nodes = self.scheduler.nodes

    @cached_property
    def placed(self) -> list[Placed]:
        """Every pod except those of hooks and of workloads with 0 replicas, in the order of the rendered objects."""
        return [self._place(pod) for pod in self.pods]

    def _place(self, subject: PodSubject) -> Placed:
        pod, fitting = self.scheduler.scheduled(subject.pod), self.scheduler.fitting(subject.pod)
        tolerations = pod.spec.get("tolerations") or []
        return Placed(subject, pod, fitting, [node for node in fitting if not untolerated(node, tolerations)])

    @cached_property
    def left(self) -> dict[str, Amounts]:
        """What is left on each node next to other pods; those of this release will be replaced."""
        taken: defaultdict[str, list[Object]] = defaultdict(list)
        for pod in self.others:
            taken[pod["spec"].get("nodeName", "")].append(pod)
        return {node["metadata"]["name"]: _left(node, taken[node["metadata"]["name"]]) for node in self.nodes}

    @cached_property
    def others(self) -> list[Object]:
        """The running pods of the cluster that do not belong to this release."""
        return [pod for pod in self.facts.of_kind("Pod") if not self._of_release(pod) and not _ended(pod)]

    def _of_release(self, pod: Object) -> bool:
        metadata = pod["metadata"]
        named = (metadata.get("labels") or {}).get("app.kubernetes.io/instance") == self.release
        return named and metadata.get("namespace", self.namespace) == self.namespace

    @cached_property
    def barred(self) -> list[Barred]:
        """The pods that taints exclude from all of their nodes, or from one of a pool."""
        return [
            Barred(placed, first, untolerated(first, placed.tolerations), len(placed.fitting) - len(placed.possible))
            for placed in self.placed
            if len(placed.fitting) > len(placed.possible) and (placed.every or not placed.possible)
            for first in [next(node for node in placed.fitting if untolerated(node, placed.tolerations))]
        ]


def placement(view: ClusterView) -> Placement:
    """The placement of the release's pods on the cluster's nodes."""
    layout = _placement(view)
    view.look_at(layout.placed)
    return layout


@computed_once
def _placement(view: ClusterView) -> Placement:
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
