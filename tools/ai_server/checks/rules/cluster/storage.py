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
from ai_server.checks.subjects.per import per_pod
from ai_server.checks.subjects.pods import PodSubject, objects


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
