"""SQLite on a network file system."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.classes import storage_class
from ai_server.checks.subjects.page_data import DATABASE, page_env, sqlite
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Object, identity

WORDS = ("nfs", "smb", "cifs", "cephfs")


@rule("cluster/network-storage")
def check(view: ClusterView) -> Iterator[Violation]:
    """A warning for each claim whose class is of such a kind, by the name of its provisioner; a claim of the user's own
    is looked up in the cluster's facts.
    """
    facts, env = view.facts, page_env(view)
    what = sqlite(env) if env else ""
    if not facts or not what:
        return
    for claim in view.manifests.of_kind("PersistentVolumeClaim"):
        yield from _judged(facts, claim, "storageClass", what)
    name = view.get("openwebui", "persistence", "existingClaim")
    if name and view.get("openwebui", "enabled") and view.get("openwebui", "persistence", "enabled"):
        own = [
            each
            for each in facts.of_kind("PersistentVolumeClaim")
            if each["metadata"]["name"] == name and each["metadata"].get("namespace", "") in ("", view.namespace)
        ]
        if not own:
            yield not_checked(f"{facts.source} does not have the claim {name}: it must be on a local disk")
        for claim in own:
            yield from _judged(facts, claim, "existingClaim", what)


def _judged(facts: ClusterFacts, claim: Object, key: str, what: str) -> Iterator[Violation]:
    found = storage_class(facts, claim)
    provisioner = found.get("provisioner", "") if found else ""
    if any(word in provisioner for word in WORDS):
        message = f"{identity(claim)} would be on {provisioner}: {what} is SQLite, which fails on network file systems"
        fix = (
            "take a class of local disks" if what == DATABASE else "take a class of local disks, or VECTOR_DB: pgvector"
        )
        yield Violation(("openwebui", "persistence", key), message, fix)
