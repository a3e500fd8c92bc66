"""The storage class of a claim, and the violation for a missing class."""

from ai_server.checks.core.model import Violation
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Object
from ai_server.reading.profiles import Keys

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def missing_class(facts: ClusterFacts, keys: Keys, who: str, name: str, kind: str) -> Violation:
    """The violation for a missing class, with the existing ones as its fix."""
    names = ", ".join(facts.names(kind))
    return Violation(keys, f"{who} requires {kind} {name}, which {facts.source} does not have", f"use one of: {names}")


def storage_class(facts: ClusterFacts, claim: Object) -> Object | None:
    """The class of a claim: the one it names, or the default."""
    name = claim["spec"].get("storageClassName", "")
    for candidate in facts.of_kind("StorageClass"):
        default = (candidate["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"
        if candidate["metadata"]["name"] == name or (not name and default):
            return candidate
    return None
