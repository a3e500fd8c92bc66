"""Asks a real kube-scheduler where the pods of many releases run: each on its own nodes of one cluster."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes.dynamic.exceptions import ForbiddenError

from ai_server.kube.live import api_client, dynamic
from ai_server.kube.manifests import Manifests, Object, Pod
from ai_server.kube.nodes import labels
from ai_server.lab.clusters.kwok import played
from tests.agreement.random_clusters import Case

LABEL = "ai-server-test/case"
QUIET_SECONDS = 3
"""A pod that found no node is tried again when others did: the outcome is final once nothing changes for this time."""
STUCK_SECONDS = 30
"""The API server may refuse the pods of a DaemonSet, which its controller then tries to create for ever."""
DEADLINE_SECONDS = 120
"""For as long as nothing happens: on a busy machine, a batch takes minutes."""


@dataclass(frozen=True)
class Outcome:
    """The pods that a workload should have, and those that have a node."""

    wanted: int
    scheduled: int

    @property
    def fits(self) -> bool:
        """Whether each pod has a node."""
        return self.scheduled >= self.wanted


class KubeScheduler:
    """A kube-scheduler with its API server and controllers, in a cluster without nodes of its own."""

    def __init__(self, kubeconfig: Path) -> None:
        self._client = dynamic(api_client(kubeconfig))

    def outcomes(self, releases: list[tuple[Case, Manifests]]) -> list[dict[str, Outcome]]:
        """For each release, the outcome of each workload, by its identity."""
        self._add_nodes([case for case, _ in releases])
        for case, manifests in releases:
            for pod in manifests.running():
                self._add_pods(case, pod)
        placed = self._placed()
        found = [
            {_identity(pod): _outcome(case, pod, placed[case.number, pod.name]) for pod in manifests.running()}
            for case, manifests in releases
        ]
        for case, _ in releases:
            self._remove(case)
        return found

    def _add_nodes(self, cases: list[Case]) -> None:
        for case in cases:
            of_case = {LABEL: str(case.number)}
            for node in case.nodes:
                metadata = {**node["metadata"], "labels": {**node["metadata"]["labels"], **of_case}}
                self._post("/api/v1/nodes", played({**node, "metadata": metadata}))
            self._post("/apis/node.k8s.io/v1/runtimeclasses", case.runtime_class)
            self._post("/api/v1/namespaces", {"metadata": {"name": _namespace(case)}})
        self._until(self._not_ready)

    def _not_ready(self) -> list[str]:
        """The nodes that are not ready, and the namespaces without an account, in which no pod can be created."""
        nodes = [node["metadata"]["name"] for node in self._list("/api/v1/nodes") if not _is_ready(node)]
        accounts = {item["metadata"]["namespace"] for item in self._list("/api/v1/serviceaccounts")}
        return nodes + sorted({item["metadata"]["name"] for item in self._list("/api/v1/namespaces")} - accounts)

    def _add_pods(self, case: Case, pod: Pod) -> None:
        """A DaemonSet itself, since its controller chooses the nodes; of any other workload, its pods."""
        spec = {**pod.spec, "nodeSelector": {**(pod.spec.get("nodeSelector") or {}), LABEL: str(case.number)}}
        metadata = {**pod.metadata, "labels": {**pod.labels, LABEL: pod.name}}
        within = f"namespaces/{_namespace(case)}"
        if pod.owner["kind"] == "DaemonSet":
            selector = {"matchLabels": {LABEL: pod.name}}
            of_set = {"selector": selector, "template": {"metadata": metadata, "spec": spec}}
            body = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": pod.name}, "spec": of_set}
            self._post(f"/apis/apps/v1/{within}/daemonsets", body)
            return
        for number in range(pod.owner["spec"].get("replicas", 1)):
            named = {**metadata, "name": f"{pod.name}-{number}"}
            self._post(f"/api/v1/{within}/pods", {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": spec})

    def _placed(self) -> Counter[tuple[int, str]]:
        """The number of pods with a node, by case and workload, once nothing changes any more."""
        seen: list[Any] = []
        since = time.monotonic()

        def undecided() -> list[str]:
            nonlocal since
            pods = self._pods()
            state = sorted((pod["metadata"]["uid"], pod["spec"].get("nodeName", "")) for pod in pods)
            if seen != state:
                seen[:], since = state, time.monotonic()
            quiet = time.monotonic() - since
            open_pods = [item for item in pods if not _decided(item)]
            open_sets = [item for item in self._list("/apis/apps/v1/daemonsets") if not _complete(item)]
            if not open_pods and quiet > (STUCK_SECONDS if open_sets else QUIET_SECONDS):
                return []
            names = [f"{item['metadata']['namespace']}/{item['metadata']['name']}" for item in [*open_pods, *open_sets]]
            return names or ["pods that come and go"]

        self._until(undecided)
        return Counter(
            (int(pod["metadata"]["namespace"].removeprefix("case-")), pod["metadata"]["labels"][LABEL])
            for pod in self._pods()
            if pod["spec"].get("nodeName")
        )

    def _pods(self) -> list[Object]:
        return [pod for pod in self._list("/api/v1/pods") if not pod["metadata"].get("deletionTimestamp")]

    def _remove(self, case: Case) -> None:
        within = f"namespaces/{_namespace(case)}"
        self._client.request("DELETE", f"/apis/apps/v1/{within}/daemonsets?propagationPolicy=Background")
        self._client.request("DELETE", f"/api/v1/{within}/pods?gracePeriodSeconds=0")
        self._client.request("DELETE", f"/api/v1/{within}")
        self._client.request("DELETE", f"/api/v1/nodes?labelSelector={LABEL}={case.number}")

    def _post(self, path: str, body: Object) -> None:
        try:
            self._client.request("POST", path, body=body)
        except ForbiddenError:
            return  # a class that does not exist: the pod is never created

    def _list(self, path: str) -> list[Object]:
        # the client's own objects are slow
        return list(json.loads(self._client.request("GET", path, serialize=False).data)["items"])

    def _until(self, missing: Callable[[], list[str]]) -> None:
        """Waits until nothing is missing; TimeoutError if the same is missing for too long."""
        before: list[str] = []
        end = 0.0
        while names := missing():
            if names != before:
                before, end = names, time.monotonic() + DEADLINE_SECONDS
            if time.monotonic() > end:
                raise TimeoutError(f"nothing happened for {DEADLINE_SECONDS} s: {', '.join(names)}")
            time.sleep(0.3)


def _is_ready(node: Object) -> bool:
    conditions = node["status"].get("conditions", [])
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions) and not any(
        taint["key"].endswith("/not-ready") for taint in node["spec"].get("taints", [])
    )


def _decided(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return bool(pod["spec"].get("nodeName")) or any(item["type"] == "PodScheduled" for item in conditions)


def _complete(item: Object) -> bool:
    status = item["status"]
    observed = status.get("observedGeneration", 0) >= item["metadata"].get("generation", 1)
    return observed and status["currentNumberScheduled"] == status["desiredNumberScheduled"]


def _outcome(case: Case, pod: Pod, scheduled: int) -> Outcome:
    if pod.owner["kind"] != "DaemonSet":
        return Outcome(pod.owner["spec"].get("replicas", 1), scheduled)
    selector = pod.spec.get("nodeSelector") or {}
    matching = [node for node in case.nodes if selector.items() <= labels(node).items()]
    return Outcome(max(len(matching), 1), scheduled)


def _identity(pod: Pod) -> str:
    return f"{pod.owner['kind']}/{pod.name}"


def _namespace(case: Case) -> str:
    return f"case-{case.number}"
