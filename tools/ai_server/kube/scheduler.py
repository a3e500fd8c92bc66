"""The nodes that a pod may run on: by their labels and taints, and by what its runtime class adds."""

from collections.abc import Iterable
from dataclasses import replace

from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Manifests, Object, Pod
from ai_server.kube.nodes import HOSTNAME, labels, selected, untolerated


class Scheduler:
    """The nodes of a cluster, with the runtime classes of the cluster and of a release."""

    def __init__(self, nodes: list[Object], runtime_classes: Iterable[Object] = ()) -> None:
        self.nodes = nodes
        self._by_host = {labels(node)[HOSTNAME]: node for node in nodes}
        self._adds = {item["metadata"]["name"]: item for item in runtime_classes}

    @classmethod
    def of(cls, facts: ClusterFacts, manifests: Manifests) -> "Scheduler":
        """The scheduler for a cluster and a release."""
        return cls(facts.of_kind("Node"), [*facts.of_kind("RuntimeClass"), *manifests.of_kind("RuntimeClass")])

    def scheduled(self, pod: Pod) -> Pod:
        """The pod with what its runtime class adds: kubernetes.io, "Runtime Class", Scheduling and Pod Overhead."""
        runtime_class = self._adds.get(pod.spec.get("runtimeClassName") or "") or {}
        adds, overhead = runtime_class.get("scheduling") or {}, runtime_class.get("overhead") or {}
        if not adds and not overhead:
            return pod
        selector = dict(pod.spec.get("nodeSelector") or {})
        for label, value in (adds.get("nodeSelector") or {}).items():
            # the API server refuses a pod that selects another value, which no node can have as well
            selector[label] = value if selector.get(label, value) == value else f"{selector[label]} and {value}"
        tolerations = [*(pod.spec.get("tolerations") or []), *(adds.get("tolerations") or [])]
        spec = {**pod.spec, "nodeSelector": selector, "tolerations": tolerations}
        return replace(pod, spec={**spec, "overhead": overhead.get("podFixed") or {}})

    def fitting(self, pod: Pod) -> list[Object]:
        """The nodes whose labels match."""
        scheduled = self.scheduled(pod)
        host = (scheduled.spec.get("nodeSelector") or {}).get(HOSTNAME)
        if host is None:
            return selected(scheduled, self.nodes)
        return selected(scheduled, [self._by_host[host]] if host in self._by_host else [])

    def possible(self, pod: Pod) -> list[Object]:
        """The nodes whose labels match and whose taints the pod tolerates."""
        tolerations = self.scheduled(pod).spec.get("tolerations") or []
        return [node for node in self.fitting(pod) if not untolerated(node, tolerations)]
