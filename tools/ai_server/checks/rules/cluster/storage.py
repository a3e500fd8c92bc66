"""Claims, and folders of nodes."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.classes import missing_class, one_of, storage_class, unlisted
from ai_server.checks.subjects.per import per_pod
from ai_server.checks.subjects.pods import PodSubject, objects
from ai_server.kube.nodes import GPU_DEVICES

ALLOWED = ("/data", "/mnt", "/srv", "/media", "/opt", "/var/cache", "/var/lib/ai-server")
LOCAL = {
    *("rancher.io/local-path", "microk8s.io/hostpath", "openebs.io/local", "local.csi.openebs.io", "topolvm.io"),
    *("docker.io/hostpath", "k8s.io/minikube-hostpath", "kubernetes.io/no-provisioner"),
}
"""Provisioners of volumes on one node's disk, by their own documentation; others are not known."""


@rule("cluster/host-path")
@per_pod
def folders_of_nodes(pod: PodSubject) -> Iterator[Violation]:
    """Accepts folders for models and caches, and the devices of a GPU."""
    for index, volume in enumerate(pod.volumes):
        if "hostPath" in volume:
            path = PurePosixPath(volume["hostPath"].get("path") or "/")
            inside = any(path.is_relative_to(folder) for folder in ALLOWED)
            device = any(path.is_relative_to(folder) for folder in GPU_DEVICES)
            if ".." in path.parts or not (inside or device):
                keys = pod.around("volumes", index, "hostPath", "path")
                fix = f"use a folder below {', '.join(ALLOWED)}"
                yield Violation(keys, f"a pod would have access to {path} of the node", fix, at=pod.identity)


@rule("cluster/no-such-storage-class")
def classes(view: ClusterView) -> Iterator[Violation]:
    """Looks for the storage class of each claim."""
    claims = objects(view, "PersistentVolumeClaim")
    if claims and not view.facts.knows("StorageClass"):
        yield unlisted(view.facts, "StorageClass")
        return
    for claim in claims:
        name, keys = claim.spec.get("storageClassName", ""), claim.place("spec", "storageClassName")
        if storage_class(view.facts, claim.object) is not None:
            continue
        if name:
            yield missing_class(view.facts, keys, claim.identity, name, "StorageClass")
        else:
            message = f"{claim.identity} requires a default storage class, but the cluster has none"
            yield Violation(keys, message, one_of(view.facts, "StorageClass", "set storageClass to"))


@rule("cluster/access-mode")
def access_modes(view: ClusterView) -> Iterator[Violation]:
    """Compares the access modes of each claim with its class."""
    for claim in objects(view, "PersistentVolumeClaim"):
        class_of_claim = storage_class(view.facts, claim.object)
        if class_of_claim is None:
            continue
        if "ReadWriteMany" in claim.spec["accessModes"] and class_of_claim.get("provisioner") in LOCAL:
            local = f"StorageClass {class_of_claim['metadata']['name']} stores volumes on the disk of one node"
            keys, fix = claim.place("spec", "accessModes"), "use ReadWriteOnce, or a class of shared volumes"
            yield Violation(keys, f"{claim.identity} requires ReadWriteMany, but {local}", fix)
