"""Rules about storage: of claims, and of the node's own folders."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.classes import storage_class, unknown
from ai_server.checks.subjects.page_data import DATABASE, page_env, sqlite, users_claim
from ai_server.checks.subjects.per import per_pod
from ai_server.checks.subjects.pods import PodSubject, objects
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Object, identity
from ai_server.reading.profiles import Keys

ALLOWED = ("/data", "/mnt", "/srv", "/media", "/opt", "/var/cache", "/var/lib/ai-server")
DEVICES = ("/dev/kfd", "/dev/dri")
"""The devices of a GPU."""
LOCAL = {
    *("rancher.io/local-path", "microk8s.io/hostpath", "openebs.io/local", "local.csi.openebs.io", "topolvm.io"),
    *("docker.io/hostpath", "k8s.io/minikube-hostpath", "kubernetes.io/no-provisioner"),
}
"""Provisioners of volumes on one node's disk, by their own documentation; of others nothing is said."""
NETWORK = ("nfs", "smb", "cifs", "cephfs")


@rule("cluster/host-path")
@per_pod
def folders_of_nodes(pod: PodSubject) -> Iterator[Violation]:
    """Each folder of the node is one that models and caches belong in, or a GPU's device."""
    for index, volume in enumerate(pod.volumes):
        if "hostPath" in volume:
            path = PurePosixPath(volume["hostPath"].get("path") or "/")
            inside = any(path.is_relative_to(folder) for folder in ALLOWED)
            device = str(path) in DEVICES or path.is_relative_to("/dev/dri")
            if ".." in path.parts or not (inside or device):
                keys = pod.around("volumes", index, "hostPath", "path")
                fix = f"take a folder below {', '.join(ALLOWED)}"
                yield Violation(keys, f"a pod would open the node's {path}", fix, at=pod.identity)


@rule("cluster/no-such-storage-class")
def classes(view: ClusterView) -> Iterator[Violation]:
    """The class of each claim is there."""
    claims = objects(view, "PersistentVolumeClaim")
    if claims and not view.facts.knows("StorageClass"):
        yield not_checked(f"StorageClass: {view.facts.source} lists none")
        return
    for claim in claims:
        view.count("classes")
        name, keys = claim.spec.get("storageClassName", ""), claim.place("spec", "storageClassName")
        if storage_class(view.facts, claim.object) is not None:
            continue
        if name:
            yield unknown(view.facts, keys, claim.identity, name, "StorageClass")
        else:
            message = f"{claim.identity} wants the default storage class, and the cluster has none"
            yield Violation(keys, message, f"set storageClass to one of: {', '.join(view.facts.names('StorageClass'))}")


@rule("cluster/access-mode")
def access_modes(view: ClusterView) -> Iterator[Violation]:
    """No claim on a class of local disks is to be written from several nodes."""
    for claim in objects(view, "PersistentVolumeClaim"):
        found = storage_class(view.facts, claim.object)
        if found is None:
            continue
        view.count("access modes")
        if "ReadWriteMany" in claim.spec["accessModes"] and found.get("provisioner") in LOCAL:
            wants = f"{claim.identity} wants ReadWriteMany, and StorageClass {found['metadata']['name']} keeps volumes"
            keys, fix = claim.place("spec", "accessModes"), "write ReadWriteOnce: Open WebUI runs once"
            yield Violation(keys, f"{wants} on one node's disk", fix)


@rule("cluster/network-storage")
def network_storage(view: ClusterView) -> Iterator[Violation]:
    """SQLite is not on a network file system, by the name of its class's provisioner; a claim of the user's own is
    looked up in the cluster.
    """
    env = page_env(view)
    what = sqlite(env) if env else ""
    if not what:
        return
    for claim in objects(view, "PersistentVolumeClaim"):
        yield from _judged(view.facts, claim.object, claim.place("spec", "storageClassName"), what)
    name, keys = users_claim(view)
    there = [
        claim
        for claim in view.facts.of_kind("PersistentVolumeClaim")
        if claim["metadata"]["name"] == name and claim["metadata"].get("namespace", "") in ("", view.namespace)
    ]
    if name and not there:
        yield not_checked(f"{view.facts.source} does not have the claim {name}: it must be on a local disk")
    for claim_there in there:
        yield from _judged(view.facts, claim_there, keys, what)


def _judged(facts: ClusterFacts, claim: Object, keys: Keys, what: str) -> Iterator[Violation]:
    found = storage_class(facts, claim)
    provisioner = found.get("provisioner", "") if found else ""
    if any(word in provisioner for word in NETWORK):
        message = f"{identity(claim)} would be on {provisioner}: {what} is SQLite, which fails on network file systems"
        other = "" if what == DATABASE else ", or VECTOR_DB: pgvector"
        yield Violation(keys, message, f"take a class of local disks{other}")
