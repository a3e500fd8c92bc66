"""SQLite on a network file system."""

from collections.abc import Iterator

from ai_server.checks.classes import storage_class
from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.manifests import identity

RULE = Rule(
    "Open WebUI's database on a network file system",
    severity="warning",
    needs="cluster",
    why="Open WebUI keeps its data in SQLite, which fails under load on NFS, SMB and CephFS; its own documentation says"
    " that no setting mends this. Take a class of local disks.",
    wrong="openwebui:\n  persistence: {storageClass: nas}",
    right="openwebui:\n  persistence: {storageClass: local-path}",
)
WORDS = ("nfs", "smb", "cifs", "cephfs")


def check(context: Context) -> Iterator[Found]:
    """A warning for each claim whose class is of such a kind, by the name of its provisioner."""
    for claim in context.manifests.of_kind("PersistentVolumeClaim") if context.manifests else []:
        found = storage_class(context.facts, claim) if context.facts else None
        provisioner = found.get("provisioner", "") if found else ""
        if any(word in provisioner for word in WORDS):
            message = f"{identity(claim)} would be on {provisioner}, and SQLite fails on network file systems"
            yield Found(("openwebui", "persistence", "storageClass"), message, "take a class of local disks")
