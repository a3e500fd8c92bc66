"""An access mode that a storage class cannot give."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.classes import storage_class
from ai_server.kube.manifests import identity

LOCAL = {
    *("rancher.io/local-path", "microk8s.io/hostpath", "openebs.io/local", "local.csi.openebs.io", "topolvm.io"),
    *("docker.io/hostpath", "k8s.io/minikube-hostpath", "kubernetes.io/no-provisioner"),
}
"""Provisioners of volumes on one node's disk, by their own documentation; of others nothing is said."""


@rule("cluster/access-mode")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each claim of ReadWriteMany on a class of local disks."""
    for claim in view.manifests.of_kind("PersistentVolumeClaim"):
        found = storage_class(view.facts, claim) if view.facts else None
        if found is None:
            continue
        view.count("access modes")
        if "ReadWriteMany" in claim["spec"]["accessModes"] and found.get("provisioner") in LOCAL:
            message = (
                f"{identity(claim)} wants ReadWriteMany, and StorageClass {found['metadata']['name']} keeps volumes"
            )
            keys = ("openwebui", "persistence", "accessMode")
            yield Violation(keys, f"{message} on one node's disk", "write ReadWriteOnce: Open WebUI runs once")
