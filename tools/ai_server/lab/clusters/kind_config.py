"""Translates a cluster.yaml for kind: the configuration, the containers, and the classes that it supports."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.live import api_client, core
from ai_server.lab.containers.engine import docker

MODELS_PATH = "/data/ai-models"
OF_THE_KUBELET = ("kubernetes.io/arch", "kubernetes.io/os", "kubernetes.io/hostname")
PROVISIONER = "rancher.io/local-path"
DEADLINE_SECONDS = 90
Object = dict[str, Any]


def config(facts: ClusterFacts, image: str, models: Path, published: Mapping[int, int] | None = None) -> str:
    """The configuration of kind: a control plane, and a worker per node with its own name, tainted from the start.

    published: node ports by the port of this machine that leads to each.
    """
    import yaml

    workers: list[Object] = [
        {
            "role": "worker",
            "extraMounts": [{"hostPath": str(models), "containerPath": MODELS_PATH}],
            "kubeadmConfigPatches": [yaml.safe_dump(_join(node))],
        }
        for node in facts.of_kind("Node")
    ]
    ports = [
        {"containerPort": node_port, "hostPort": port, "listenAddress": "127.0.0.1"}
        for port, node_port in (published or {}).items()
    ]
    nodes = [{"role": "control-plane", "extraPortMappings": ports}, *workers]
    whole = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": [{**node, "image": image} for node in nodes],
        # kindest/node has no such runtime: use runc under the name of the runtime class
        "containerdConfigPatches": [] if "/ai-server/" in image else NVIDIA_IS_RUNC,
    }
    return yaml.safe_dump(whole)


NVIDIA_IS_RUNC = [
    f"""\
version = {version}
[plugins."{plugin}".containerd.runtimes.nvidia]
  runtime_type = "io.containerd.runc.v2"
[plugins."{plugin}".containerd.runtimes.nvidia.options]
  SystemdCgroup = true
"""
    for version, plugin in ((2, "io.containerd.grpc.v1.cri"), (3, "io.containerd.cri.v1.runtime"))
]
"""A patch for each version of containerd's configuration; kind applies the one of the image's version."""


def _join(node: Object) -> Object:
    registration: Object = {"name": node["metadata"]["name"], "taints": (node.get("spec") or {}).get("taints") or []}
    return {"kind": "JoinConfiguration", "nodeRegistration": registration}


def published(cluster: str, node_port: int) -> int:
    """The port of this machine that leads to a node port of a cluster; 0 if none does."""
    try:
        line = docker("port", f"{cluster}-control-plane", str(node_port))
    except UserError:
        return 0
    return int(line.split()[0].rpartition(":")[2])


def nodes_of(cluster: str) -> dict[str, str]:
    """The containers of a cluster's workers by node name; kind names a container regardless of its node's name."""
    worker = "label=io.x-k8s.kind.role=worker"
    return {_node_name(container): container for container in containers(cluster, "--filter", worker)}


def containers(cluster: str, *filters: str) -> list[str]:
    """The containers of a cluster, also those that do not run; filters: further options of docker ps."""
    label = f"label=io.x-k8s.kind.cluster={cluster}"
    return docker("ps", "--all", "--filter", label, *filters, "--format", "{{.Names}}").split()


def _node_name(container: str) -> str:
    import yaml

    # kind leaves kubeadm's configuration in the node
    for document in yaml.safe_load_all(docker("exec", container, "cat", "/kind/kubeadm.conf")):
        if document and document.get("kind") == "JoinConfiguration":
            return str(document["nodeRegistration"].get("name", container))
    return container


def real(item: Object) -> Object:
    """An object as a cluster with real kubelets can have it: without the kubelet's own labels, with local storage."""
    if item["kind"] == "Node":
        labels = {key: value for key, value in item["metadata"]["labels"].items() if key not in OF_THE_KUBELET}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {**item["metadata"], "labels": labels},
            "spec": {"taints": (item.get("spec") or {}).get("taints") or []},
        }
    if item["kind"] == "StorageClass":
        kept = {key: value for key, value in item.items() if key not in ("parameters", "mountOptions")}
        return {**kept, "provisioner": PROVISIONER, "volumeBindingMode": "WaitForFirstConsumer"}
    return item


def remove_default_class(kubeconfig: Path, facts: ClusterFacts) -> None:
    """Removes kind's own storage class if the facts name classes: a second default would hide a missing class."""
    from kubernetes import client

    storage: Any = client.StorageV1Api(api_client(kubeconfig))
    names = {storage_class.metadata.name for storage_class in storage.list_storage_class().items}
    if facts.knows("StorageClass") and "standard" in names - set(facts.names("StorageClass")):
        storage.delete_storage_class("standard")


def wait_for_the_rest(kubeconfig: Path) -> None:
    """Waits until CoreDNS and the volume provisioner run, for which a release would have to wait anyway."""
    from kubernetes import client
    from tenacity import RetryError, retry, retry_if_result, stop_after_delay, wait_fixed

    api = api_client(kubeconfig)
    apps: Any = client.AppsV1Api(api)

    @retry(retry=retry_if_result(bool), stop=stop_after_delay(DEADLINE_SECONDS), wait=wait_fixed(0.5))
    def waiting() -> list[str]:
        return [
            f"{deployment.metadata.namespace}/{deployment.metadata.name}"
            for deployment in apps.list_deployment_for_all_namespaces().items
            if deployment.metadata.namespace in ("kube-system", "local-path-storage")
            and not deployment.status.available_replicas
        ]

    try:
        waiting()
    except RetryError as error:
        pods = [f"{pod.metadata.name} {pod.status.phase}" for pod in core(api).list_namespaced_pod("kube-system").items]
        missing = ", ".join(error.last_attempt.result())
        raise UserError(f"not running after {DEADLINE_SECONDS} s: {missing}", hint="\n".join(pods)) from None
