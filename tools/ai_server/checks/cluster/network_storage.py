"""SQLite on a network file system."""

from collections.abc import Iterator

from ai_server.checks.classes import storage_class
from ai_server.checks.findings import Context, Found, not_checked
from ai_server.checks.rules import Rule
from ai_server.cluster_facts import ClusterFacts
from ai_server.manifests import Object, identity

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
    """A warning for each claim whose class is of such a kind, by the name of its provisioner; a claim of the user's own
    is looked up in the cluster's facts.
    """
    facts = context.facts
    if not facts:
        return
    for claim in context.manifests.of_kind("PersistentVolumeClaim") if context.manifests else []:
        yield from _judged(facts, claim, "storageClass")
    name = context.get("openwebui", "persistence", "existingClaim")
    if name and context.get("openwebui", "enabled") and context.get("openwebui", "persistence", "enabled"):
        own = [
            each
            for each in facts.of_kind("PersistentVolumeClaim")
            if each["metadata"]["name"] == name and each["metadata"].get("namespace", "") in ("", context.namespace)
        ]
        if not own:
            yield not_checked(f"{facts.source} does not have the claim {name}: it must be on a local disk")
        for claim in own:
            yield from _judged(facts, claim, "existingClaim")


def _judged(facts: ClusterFacts, claim: Object, key: str) -> Iterator[Found]:
    found = storage_class(facts, claim)
    provisioner = found.get("provisioner", "") if found else ""
    if any(word in provisioner for word in WORDS):
        message = f"{identity(claim)} would be on {provisioner}, and SQLite fails on network file systems"
        yield Found(("openwebui", "persistence", key), message, "take a class of local disks")
