"""A storage class that is not there."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, not_checked
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.classes import storage_class, unknown
from ai_server.kube.manifests import identity

RULE = Rule(
    "A storage class that the cluster does not have",
    needs="cluster",
    why="A claim for a class that is not there, or for the default where there is none, waits for ever, and its pod"
    " with it.",
    wrong="openwebui:\n  persistence: {storageClass: fast}",
    right="openwebui:\n  persistence: {storageClass: local-path}",
)
KEYS = ("openwebui", "persistence", "storageClass")


def check(context: Context) -> Iterator[Found]:
    """A finding for each claim whose class nobody has."""
    claims = context.manifests.of_kind("PersistentVolumeClaim") if context.manifests else []
    if not claims or context.facts is None:
        return
    if not context.facts.knows("StorageClass"):
        yield not_checked(f"StorageClass: {context.facts.source} lists none")
        return
    for claim in claims:
        context.count("classes")
        if storage_class(context.facts, claim) is not None:
            continue
        name = claim["spec"].get("storageClassName", "")
        names = ", ".join(context.facts.names("StorageClass"))
        if name:
            yield unknown(context, KEYS, f"{identity(claim)} wants StorageClass", name, "StorageClass")
        else:
            message = f"{identity(claim)} wants the default storage class, and the cluster has none"
            yield Found(KEYS, message, f"set storageClass to one of: {names}")
