"""An access mode that a storage class cannot give."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.classes import storage_class
from ai_server.kube.manifests import identity

RULE = Rule(
    "An access mode that the storage class cannot give",
    needs="cluster",
    why="A class that keeps volumes on a node's own disk cannot share them among nodes: a claim for ReadWriteMany waits"
    " for ever.",
    wrong="openwebui:\n  persistence: {accessMode: ReadWriteMany}",
    right="openwebui:\n  persistence: {accessMode: ReadWriteOnce}",
)
LOCAL = {
    *("rancher.io/local-path", "microk8s.io/hostpath", "openebs.io/local", "local.csi.openebs.io", "topolvm.io"),
    *("docker.io/hostpath", "k8s.io/minikube-hostpath", "kubernetes.io/no-provisioner"),
}
"""Provisioners of volumes on one node's disk, by their own documentation; of others nothing is said."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each claim of ReadWriteMany on a class of local disks."""
    for claim in context.manifests.of_kind("PersistentVolumeClaim") if context.manifests else []:
        found = storage_class(context.facts, claim) if context.facts else None
        if found is None:
            continue
        context.count("access modes")
        if "ReadWriteMany" in claim["spec"]["accessModes"] and found.get("provisioner") in LOCAL:
            message = (
                f"{identity(claim)} wants ReadWriteMany, and StorageClass {found['metadata']['name']} keeps volumes"
            )
            keys = ("openwebui", "persistence", "accessMode")
            yield Found(keys, f"{message} on one node's disk", "write ReadWriteOnce: Open WebUI runs once")
