"""Mocked GPUs: a device plugin on each node that has GPUs in the facts."""

from pathlib import Path
from typing import Any

from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.live import api_client, dynamic
from ai_server.lab.clusters.apply import MANAGER, gpus
from ai_server.lab.containers import images

NAMESPACE = "kube-system"
RENDER_GROUP = 991  # as values/homelab has it
Object = dict[str, Any]


def images_of(facts: ClusterFacts) -> dict[str, list[str]]:
    """The image of the plugin, for each node that needs it."""
    nodes = [node["metadata"]["name"] for node in facts.of_kind("Node") if gpus(node)]
    return {name: [images.ensure(["gpu-plugin"])["gpu-plugin"]] for name in nodes}


def offer(kubeconfig: Path, facts: ClusterFacts) -> None:
    """Runs the plugin on nodes with GPUs: they survive a restart of the kubelet, and a container gets what real
    plugins give it.
    """
    resource = dynamic(api_client(kubeconfig)).resources.get(api_version="apps/v1", kind="DaemonSet")
    for node in facts.of_kind("Node"):
        if offered := gpus(node):
            body = _plugin(node["metadata"]["name"], offered)
            resource.server_side_apply(
                body=body, name=body["metadata"]["name"], namespace=NAMESPACE, field_manager=MANAGER
            )


def _plugin(node: str, offered: dict[str, str]) -> Object:
    labels = {"app.kubernetes.io/name": "gpu-plugin", "app.kubernetes.io/managed-by": MANAGER, "ai-server/node": node}
    folders = {"plugins": "/var/lib/kubelet/device-plugins", "devices": "/dev"}
    container = {
        "name": "gpu-plugin",
        "image": images.images()["gpu-plugin"].reference,
        "imagePullPolicy": "Never",
        "args": [f"--render-group={RENDER_GROUP}", *(f"{name}={amount}" for name, amount in offered.items())],
        "securityContext": {"privileged": True},  # it creates device files and talks to the kubelet
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in folders.items()],
    }
    spec = {
        "nodeSelector": {"kubernetes.io/hostname": node},
        "tolerations": [{"operator": "Exists"}],
        "automountServiceAccountToken": False,
        "containers": [container],
        "volumes": [{"name": name, "hostPath": {"path": path}} for name, path in folders.items()],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": f"gpu-plugin-{node}", "namespace": NAMESPACE, "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }
