"""SQLite on a network file system."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, not_checked
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.classes import storage_class
from ai_server.checks.subjects.page_data import DATABASE, page_env, sqlite
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Object, identity

RULE = Rule(
    "Open WebUI's database on a network file system",
    severity="warning",
    needs="cluster",
    why="Open WebUI keeps its data in SQLite, which fails under load on NFS, SMB and CephFS; its own documentation says"
    " that no setting helps. Take a class of local disks, or a PostgreSQL: DATABASE_URL in openwebui.extraEnv, and"
    " VECTOR_DB: pgvector for the index of documents, which Chroma keeps in SQLite as well. Uploaded files may lie"
    " anywhere.",
    wrong="openwebui:\n  persistence: {storageClass: nas}",
    right="openwebui:\n  persistence: {storageClass: local-path}",
)
WORDS = ("nfs", "smb", "cifs", "cephfs")


def check(context: Context) -> Iterator[Found]:
    """A warning for each claim whose class is of such a kind, by the name of its provisioner; a claim of the user's own
    is looked up in the cluster's facts.
    """
    facts, env = context.facts, page_env(context)
    what = sqlite(env) if env else ""
    if not facts or not what:
        return
    for claim in context.manifests.of_kind("PersistentVolumeClaim") if context.manifests else []:
        yield from _judged(facts, claim, "storageClass", what)
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
            yield from _judged(facts, claim, "existingClaim", what)


def _judged(facts: ClusterFacts, claim: Object, key: str, what: str) -> Iterator[Found]:
    found = storage_class(facts, claim)
    provisioner = found.get("provisioner", "") if found else ""
    if any(word in provisioner for word in WORDS):
        message = f"{identity(claim)} would be on {provisioner}: {what} is SQLite, which fails on network file systems"
        fix = (
            "take a class of local disks" if what == DATABASE else "take a class of local disks, or VECTOR_DB: pgvector"
        )
        yield Found(("openwebui", "persistence", key), message, fix)
