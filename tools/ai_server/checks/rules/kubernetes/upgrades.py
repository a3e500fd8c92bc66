"""Fields that an upgrade cannot change."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.pods import ObjectSubject, objects
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import quantity


@rule("kubernetes/claim-changed")
def claims(view: ClusterView) -> Iterator[Violation]:
    """Compares each claim with the existing one."""
    for claim, old in _existing(view, "PersistentVolumeClaim"):
        new = claim.spec
        was = ((old.get("resources") or {}).get("requests") or {}).get("storage")
        wanted = new["resources"]["requests"]["storage"]
        if was is not None and quantity(wanted) < quantity(was):
            keys = claim.place("spec", "resources", "requests", "storage")
            yield Violation(keys, f"{claim.identity} has {was} and cannot shrink to {wanted}", f"use {was}")
        if sorted(old.get("accessModes") or []) != sorted(new["accessModes"]):
            modes = ", ".join(old.get("accessModes") or [])
            keys = claim.place("spec", "accessModes")
            yield Violation(keys, f"{claim.identity} has the access mode {modes}, which cannot change", f"use {modes}")
        name, old_class = new.get("storageClassName", ""), old.get("storageClassName", "")
        if name and name != old_class:
            keys = claim.place("spec", "storageClassName")
            yield Violation(
                keys, f"{claim.identity} has the storage class {old_class}, which cannot change", f"use {old_class}"
            )


@rule("kubernetes/selector-changed")
def selectors(view: ClusterView) -> Iterator[Violation]:
    """Compares each workload with the existing one."""
    for workload, old in _existing(view, "Deployment", "DaemonSet"):
        selector = old.get("selector") or {}
        if selector != workload.spec["selector"]:
            was = ", ".join(f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items()))
            kind, name = workload.object["kind"].lower(), workload.object["metadata"]["name"]
            fix = f"kubectl delete {kind} {name} --cascade=orphan, or another release name"
            message = f"{workload.identity} already exists with the selector {was}, which cannot change"
            yield Violation(workload.key, message, fix)


def _existing(view: ClusterView, *kinds: str) -> list[tuple[ObjectSubject, Object]]:
    """The objects of some kinds that already exist in the namespace, each with its existing spec."""
    existing = {
        (kind, item["metadata"]["name"]): item["spec"]
        for kind in kinds
        for item in view.facts.of_kind(kind)
        if view.is_here(item)
    }
    named = [(item, (item.object["kind"], item.object["metadata"]["name"])) for item in objects(view, *kinds)]
    return [(item, existing[name]) for item, name in named if name in existing]
