"""Which nodes each pod of a render may go to, by labels and by taints, and what is left on them; worked out once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from ai_server.checks.findings import Context
from ai_server.manifests import Object, Pod
from ai_server.nodes import HOSTNAME, Amounts, allocatable, labels, requests, selected, untolerated


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


class Placement:
    """The pods of a render on the nodes of a cluster."""

    def __init__(self, context: Context) -> None:
        assert context.facts is not None
        self.facts = context.facts
        self.pods = context.manifests.running() if context.manifests else []
        self.release = context.release
        self.nodes = context.facts.of_kind("Node")

    @cached_property
    def placed(self) -> list[Placed]:
        """Every pod that stays, in the order of the render."""
        by_host = {labels(node)[HOSTNAME]: node for node in self.nodes}
        return [self._place(pod, by_host) for pod in self.pods]

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
        return (pod["metadata"].get("labels") or {}).get("app.kubernetes.io/instance") == self.release


def placement(context: Context) -> Placement:
    """The placement of a context, made at its first use."""
    if context.placement is None:
        context.placement = Placement(context)
    found: Placement = context.placement
    return found


def _ended(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _left(node: Object, others: list[Object]) -> Amounts:
    left: defaultdict[str, Decimal] = defaultdict(Decimal, allocatable(node))
    for pod in others:
        for resource, amount in requests(pod["spec"]).items():
            left[resource] -= amount
    return dict(left)
