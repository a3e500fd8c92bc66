"""Claims, and folders of nodes."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from posixpath import normpath

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.classes import missing_class, one_of, storage_class, unlisted
from ai_server.checks.subjects.models_volume import ModelsVolume, models_volumes
from ai_server.checks.subjects.per import per_pod
from ai_server.checks.subjects.pods import PodSubject, objects
from ai_server.kube.nodes import HOSTNAME

SHARED = {"ReadOnlyMany", "ReadWriteMany"}
"""Access modes of volumes that several nodes can mount."""
ONE_POD = "ReadWriteOncePod"
LOCAL = {
    *("rancher.io/local-path", "microk8s.io/hostpath", "openebs.io/local", "local.csi.openebs.io", "topolvm.io"),
    *("docker.io/hostpath", "k8s.io/minikube-hostpath", "kubernetes.io/no-provisioner"),
}
"""Provisioners of volumes on one node's disk, by their own documentation; others are not known."""


@rule("cluster/host-path")
@per_pod
def folders_of_nodes(pod: PodSubject) -> Iterator[Violation]:
    """Accepts any folder but those that the table names."""
    for index, volume in enumerate(pod.volumes):
        if "hostPath" in volume:
            path = normpath(volume["hostPath"].get("path") or "/")
            mounts = [
                mount
                for container in pod.containers
                for mount in container.container.get("volumeMounts") or []
                if mount["name"] == volume["name"]
            ]
            read_only = all(mount.get("readOnly") for mount in mounts)
            if what := _dangerous(PurePosixPath(path), read_only):
                keys = pod.around("volumes", index, "hostPath", "path")
                fix = "use a folder for data, such as one in /data, /mnt or /srv"
                yield Violation(keys, f"a pod would have access to {what} ({path})", fix, at=pod.identity)


def _dangerous(path: PurePosixPath, read_only: bool) -> str:
    """What a pod would have access to in a folder of the node; "" if that is only data."""
    table = facts.table("host_paths")
    above = {path, *path.parents}
    harmless = [*table["harmless"], *(table["read_only"] if read_only else ())]
    for folder, what in table["itself"].items():
        if path.match(folder) and len(path.parts) == len(PurePosixPath(folder).parts):
            return str(what)
    if any(PurePosixPath(folder) in above for folder in harmless):
        return ""
    for folder, what in {**table["below"], **({} if read_only else table["writable"])}.items():
        parts = PurePosixPath(folder).parts
        if len(path.parts) >= len(parts) and all(map(fnmatchcase, path.parts, parts)):
            return str(what)
    return ""


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
    """Compares the access modes of each claim with its class, and those of claims with models with their nodes."""
    for claim in objects(view, "PersistentVolumeClaim"):
        class_of_claim = storage_class(view.facts, claim.object)
        if class_of_claim is None:
            continue
        if "ReadWriteMany" in claim.spec["accessModes"] and class_of_claim.get("provisioner") in LOCAL:
            local = f"StorageClass {class_of_claim['metadata']['name']} stores volumes on the disk of one node"
            keys, fix = claim.place("spec", "accessModes"), "use ReadWriteOnce, or a class of shared volumes"
            yield Violation(keys, f"{claim.identity} requires ReadWriteMany, but {local}", fix)
    yield from _claims_with_models(view)


def _claims_with_models(view: ClusterView) -> Iterator[Violation]:
    """Claims that only one node or one pod can mount, although several use them."""
    users: dict[str, list[ModelsVolume]] = {}
    for volume in models_volumes(view):
        if volume.kind == "persistentVolumeClaim":
            users.setdefault(str(volume.fields.get("claimName")), []).append(volume)
    for claim in view.facts.of_kind("PersistentVolumeClaim"):
        volumes = users.get(claim["metadata"]["name"], [])
        modes = claim["spec"].get("accessModes") or []
        one = "pod" if ONE_POD in modes else "node"
        pool = any(volume.pod.pod.owner["kind"] == "DaemonSet" for volume in volumes)
        several = pool or len({_node(volume) if one == "node" else volume.pod.identity for volume in volumes}) > 1
        here = claim["metadata"].get("namespace", view.namespace) == view.namespace
        if here and several and modes and not SHARED & set(modes):
            entries = list(dict.fromkeys(str(volume.pod.key[-1]) for volume in volumes))
            mount = f"only one {one} can mount claim {claim['metadata']['name']} ({', '.join(modes)})"
            on_several = " on several nodes" if pool and len(entries) == 1 else ""
            keys = volumes[0].key("persistentVolumeClaim", "claimName")
            fix = f"use a claim with ReadOnlyMany or ReadWriteMany, or one claim for each {one}"
            yield Violation(keys, f"{mount}, but the pods of {' and '.join(entries)} use it{on_several}", fix)


def _node(volume: ModelsVolume) -> str:
    """The node of the volume's pod by its host name, or else by the labels that select it."""
    selector = volume.pod.spec.get("nodeSelector") or {}
    return str(selector.get(HOSTNAME) or sorted(selector.items()))
