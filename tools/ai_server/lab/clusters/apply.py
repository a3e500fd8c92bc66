"""Applies the nodes and classes of a cluster.yaml to a mocked cluster, and waits until they are ready."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import API_VERSIONS, ClusterFacts
from ai_server.kube.live import api_client, core, dynamic

MANAGER = "ai-server"
ORDER = ("PriorityClass", "RuntimeClass", "StorageClass", "IngressClass", "Node")
DEADLINE_SECONDS = 60
Object = dict[str, Any]


def apply_facts(kubeconfig: Path, facts: ClusterFacts, adapt: Callable[[Object], Object]) -> None:
    """Adds, changes and removes nodes and classes so that the cluster matches the facts.

    adapt changes the objects that the backend cannot create as written.
    """
    dynamic_client = dynamic(api_client(kubeconfig))
    for kind in ORDER:
        resource = dynamic_client.resources.get(api_version=API_VERSIONS[kind], kind=kind)
        wanted = {item["metadata"]["name"]: item for item in facts.of_kind(kind)}
        for item in wanted.values():
            _apply(resource, adapt(_as_ours(item)))
        for item in resource.get(label_selector=f"app.kubernetes.io/managed-by={MANAGER}").items:
            if item.metadata.name not in wanted:
                resource.delete(name=item.metadata.name)


def wait_until_ready(kubeconfig: Path, facts: ClusterFacts) -> None:
    """Waits until all nodes are Ready with their GPUs and pods can be created; UserError after a minute."""
    from tenacity import RetryError, retry, retry_if_result, stop_after_delay, wait_fixed

    cluster = core(api_client(kubeconfig))
    wanted = {node["metadata"]["name"]: gpus(node) for node in facts.of_kind("Node")}

    @retry(retry=retry_if_result(bool), stop=stop_after_delay(DEADLINE_SECONDS), wait=wait_fixed(0.3))
    def waiting() -> list[str]:
        ready = {node.metadata.name for node in cluster.list_node().items if _fits(node, wanted)}
        accounts = {account.metadata.name for account in cluster.list_namespaced_service_account("default").items}
        return [*sorted(set(wanted) - ready), *({"service account default"} if "default" not in accounts else ())]

    try:
        waiting()
    except RetryError as error:
        raise UserError(f"not ready after {DEADLINE_SECONDS} s: {', '.join(error.last_attempt.result())}") from None


def gpus(node: Object) -> dict[str, str]:
    """The extended resources of a node (amd.com/gpu: "1")."""
    capacity = (node.get("status") or {}).get("capacity") or {}
    return {name: str(amount) for name, amount in capacity.items() if "/" in name}


def _fits(node: Any, wanted: dict[str, dict[str, str]]) -> bool:
    is_ready = any(
        condition.type == "Ready" and condition.status == "True" for condition in node.status.conditions or []
    )
    return is_ready and wanted.get(node.metadata.name, {}).items() <= (node.status.allocatable or {}).items()


def _as_ours(item: Object) -> Object:
    """The object with our label, without the metadata that a live export adds."""
    metadata = item["metadata"]
    kept = {
        key: dict(metadata[key]) if key != "name" else metadata[key]
        for key in ("name", "labels", "annotations")
        if key in metadata
    }
    kept["labels"] = {**kept.get("labels", {}), "app.kubernetes.io/managed-by": MANAGER}
    # kube-controller-manager adds it in clusters of a hundred nodes
    kept.get("annotations", {}).pop("node.alpha.kubernetes.io/ttl", None)
    if item["kind"] == "Node":
        # controllers add taints as well, so that only an empty list removes those of an earlier file
        item = {**item, "spec": {"taints": [], **(item.get("spec") or {})}}
    return {**item, "metadata": kept}


def _apply(resource: Any, item: Object) -> None:
    name = item["metadata"]["name"]
    status = item.pop("status", None)
    resource.server_side_apply(body=item, name=name, field_manager=MANAGER, force_conflicts=True)
    if status:
        patch = {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": {"name": name}, "status": status}
        resource.status.server_side_apply(body=patch, name=name, field_manager=MANAGER, force_conflicts=True)
