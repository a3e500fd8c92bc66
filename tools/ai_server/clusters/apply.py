"""Puts the nodes and classes of a cluster.yaml into a mocked cluster, and waits until they are ready."""

from pathlib import Path
from typing import Any

from ai_server.cluster_facts import ClusterFacts
from ai_server.errors import UserError
from ai_server.live import api_client, core, dynamic

MANAGER = "ai-server"
ORDER = ("PriorityClass", "RuntimeClass", "StorageClass", "Node")
DEADLINE_SECONDS = 60


def apply_facts(kubeconfig: Path, facts: ClusterFacts) -> None:
    """Adds, changes and removes nodes and classes so that the cluster has those of the facts."""
    dynamic_client = dynamic(api_client(kubeconfig))
    for kind in ORDER:
        resource = _resource(dynamic_client, kind)
        wanted = {item["metadata"]["name"]: item for item in facts.of_kind(kind)}
        for item in wanted.values():
            _apply(resource, _as_mock(item))
        for item in resource.get(label_selector=f"app.kubernetes.io/managed-by={MANAGER}").items:
            if item.metadata.name not in wanted:
                resource.delete(name=item.metadata.name)


def wait_until_ready(kubeconfig: Path, facts: ClusterFacts) -> None:
    """Waits until every node is Ready and pods can be made; UserError names what is not after a minute."""
    from tenacity import RetryError, retry, retry_if_result, stop_after_delay, wait_fixed

    cluster = core(api_client(kubeconfig))

    @retry(retry=retry_if_result(bool), stop=stop_after_delay(DEADLINE_SECONDS), wait=wait_fixed(0.3))
    def waiting() -> list[str]:
        ready = {
            node.metadata.name
            for node in cluster.list_node().items
            for condition in node.status.conditions or []
            if condition.type == "Ready" and condition.status == "True"
        }
        accounts = {account.metadata.name for account in cluster.list_namespaced_service_account("default").items}
        return [
            *sorted(set(facts.names("Node")) - ready),
            *({"service account default"} if "default" not in accounts else ()),
        ]

    try:
        waiting()
    except RetryError as error:
        raise UserError(f"not ready after {DEADLINE_SECONDS} s: {', '.join(error.last_attempt.result())}") from None


def _resource(dynamic_client: Any, kind: str) -> Any:
    groups = {
        "Node": "v1",
        "StorageClass": "storage.k8s.io/v1",
        "RuntimeClass": "node.k8s.io/v1",
        "PriorityClass": "scheduling.k8s.io/v1",
    }
    return dynamic_client.resources.get(api_version=groups[kind], kind=kind)


def _as_mock(item: dict[str, Any]) -> dict[str, Any]:
    """The object marked as ours; a node also as one that kwok plays, without what a live export carries."""
    metadata = item["metadata"]
    kept = {key: metadata[key] for key in ("name", "labels", "annotations") if key in metadata}
    kept["labels"] = {**kept.get("labels", {}), "app.kubernetes.io/managed-by": MANAGER}
    mock = {**item, "metadata": kept}
    if item["kind"] == "Node":
        kept["annotations"] = {**kept.get("annotations", {}), "kwok.x-k8s.io/node": "fake"}
        kept["annotations"].pop("node.alpha.kubernetes.io/ttl", None)
        mock["status"] = {key: item.get("status", {}).get(key, {}) for key in ("capacity", "allocatable")}
    return mock


def _apply(resource: Any, item: dict[str, Any]) -> None:
    name = item["metadata"]["name"]
    status = item.pop("status", None)
    resource.server_side_apply(body=item, name=name, field_manager=MANAGER, force_conflicts=True)
    if status:
        patch = {"apiVersion": "v1", "kind": item["kind"], "metadata": {"name": name}, "status": status}
        resource.status.server_side_apply(body=patch, name=name, field_manager=MANAGER, force_conflicts=True)
