"""A storage class that is not there."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.classes import storage_class, unknown
from ai_server.kube.manifests import identity

KEYS = ("openwebui", "persistence", "storageClass")


@rule("cluster/no-such-storage-class")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each claim whose class nobody has."""
    claims = view.manifests.of_kind("PersistentVolumeClaim")
    if not claims or view.facts is None:
        return
    if not view.facts.knows("StorageClass"):
        yield not_checked(f"StorageClass: {view.facts.source} lists none")
        return
    for claim in claims:
        view.count("classes")
        if storage_class(view.facts, claim) is not None:
            continue
        name = claim["spec"].get("storageClassName", "")
        names = ", ".join(view.facts.names("StorageClass"))
        if name:
            yield unknown(view, KEYS, f"{identity(claim)} wants StorageClass", name, "StorageClass")
        else:
            message = f"{identity(claim)} wants the default storage class, and the cluster has none"
            yield Violation(KEYS, message, f"set storageClass to one of: {names}")
