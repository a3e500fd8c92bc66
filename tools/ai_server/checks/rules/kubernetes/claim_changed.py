"""A claim that cannot be changed so."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.kube.manifests import identity
from ai_server.kube.nodes import quantity

KEYS = ("openwebui", "persistence")


@rule("kubernetes/claim-changed")
def check(view: ClusterView) -> Iterator[Violation]:
    """What the chart said with a cluster at hand, and what the facts say."""
    if view.manifests is None or view.facts is None:
        return
    there = {
        each["metadata"]["name"]: each["spec"]
        for each in view.facts.of_kind("PersistentVolumeClaim")
        if each["metadata"].get("namespace", view.namespace) == view.namespace
    }
    for claim in view.manifests.of_kind("PersistentVolumeClaim"):
        old, new = there.get(claim["metadata"]["name"]), claim["spec"]
        if old is None:
            continue
        view.count("claims that are there")
        was = ((old.get("resources") or {}).get("requests") or {}).get("storage")
        wanted = new["resources"]["requests"]["storage"]
        if was is not None and quantity(wanted) < quantity(was):
            yield Violation(
                (*KEYS, "size"), f"{identity(claim)} has {was} and cannot shrink to {wanted}", f"write {was}"
            )
        if sorted(old.get("accessModes") or []) != sorted(new["accessModes"]):
            modes = ", ".join(old.get("accessModes") or [])
            yield Violation(
                (*KEYS, "accessMode"), f"{identity(claim)} is {modes}, which cannot change", f"write {modes}"
            )
        name = new.get("storageClassName", "")
        if name and name != old.get("storageClassName", ""):
            is_of = old.get("storageClassName", "")
            yield Violation((*KEYS, "storageClass"), f"{identity(claim)} is of class {is_of}", f"write {is_of}")
