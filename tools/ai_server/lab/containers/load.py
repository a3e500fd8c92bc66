"""Loads images into the nodes that need them, and no others; images that a node already has are not sent again."""

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Manifests
from ai_server.kube.scheduler import Scheduler
from ai_server.lab.containers import images
from ai_server.lab.containers.engine import docker, pipe

MARKS = "/var/lib/ai-server-images"


def wanted(manifests: Manifests, facts: ClusterFacts) -> dict[str, set[str]]:
    """The images that the engine has, by the nodes where a pod that needs them may run."""
    there = set(docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()) | {
        image.reference for image in images.images().values()
    }
    scheduler = Scheduler.of(facts, manifests)
    images_by_node: dict[str, set[str]] = {}
    for pod in manifests.pods():
        needed = {container["image"] for container in pod.containers()} & there
        for node in scheduler.possible(pod):
            images_by_node.setdefault(node["metadata"]["name"], set()).update(needed)
    return images_by_node


def into_nodes(containers: Mapping[str, str], wanted: Mapping[str, Iterable[str]]) -> None:
    """Loads images by node name; containers has the container of each node. UserError if an image cannot be loaded."""
    with ThreadPoolExecutor() as pool:  # the images of a node one after another, the nodes in parallel
        for done in [pool.submit(_all_into, containers[node], names) for node, names in wanted.items()]:
            done.result()


def _all_into(container: str, references: Iterable[str]) -> None:
    for reference in sorted(set(references)):
        _into(container, reference)


def _into(container: str, reference: str) -> None:
    identity = docker("image", "inspect", "--format", "{{.Id}}", reference).strip()
    mark = f"{MARKS}/{hashlib.sha256(f'{reference} {identity}'.encode()).hexdigest()}"
    try:
        docker("exec", container, "test", "-f", mark)
    except UserError:
        importing = ["docker", "exec", "--interactive", container, "ctr", "--namespace", "k8s.io", "images", "import"]
        pipe(["docker", "save", reference], [*importing, "--digests", "-"])
        docker("exec", container, "mkdir", "-p", MARKS)
        docker("exec", container, "touch", mark)
