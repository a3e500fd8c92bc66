"""Where programs store their data."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.classes import NETWORK, storage_class
from ai_server.checks.subjects.page_data import DATABASE, page_env, sqlite, users_claim
from ai_server.checks.subjects.pods import objects
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Object, identity
from ai_server.reading.profiles import Keys


@rule("programs/network-storage")
def network_storage(view: ClusterView) -> Iterator[Violation]:
    """Decides by the provisioner of the storage class; looks a custom claim up in the cluster."""
    env = page_env(view)
    what = sqlite(env) if env else ""
    if not what:
        return
    for claim in objects(view, "PersistentVolumeClaim"):
        yield from _sqlite_on_network(view.facts, claim.object, claim.place("spec", "storageClassName"), what)
    name, keys = users_claim(view)
    existing = [
        claim
        for claim in view.facts.of_kind("PersistentVolumeClaim")
        if claim["metadata"]["name"] == name and claim["metadata"].get("namespace", "") in ("", view.namespace)
    ]
    if name and not existing:
        yield not_checked(f"{view.facts.source} does not have the claim {name}, which must be on a local disk")
    for existing_claim in existing:
        yield from _sqlite_on_network(view.facts, existing_claim, keys, what)


def _sqlite_on_network(facts: ClusterFacts, claim: Object, keys: Keys, what: str) -> Iterator[Violation]:
    class_of_claim = storage_class(facts, claim)
    provisioner = class_of_claim.get("provisioner", "") if class_of_claim else ""
    if any(word in provisioner for word in NETWORK):
        message = f"{identity(claim)} would be on {provisioner}: {what} is SQLite, which fails on network file systems"
        other = "" if what == DATABASE else ", or VECTOR_DB: pgvector"
        yield Violation(keys, message, f"use a storage class with local disks{other}")
