"""An upgrade that Helm would fail on."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.kube.manifests import identity


@rule("kubernetes/selector-changed")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each workload that is there with another selector."""
    if view.manifests is None or view.facts is None:
        return
    for kind in ("Deployment", "DaemonSet"):
        there = {
            each["metadata"]["name"]: each["spec"].get("selector")
            for each in view.facts.of_kind(kind)
            if each["metadata"].get("namespace", view.namespace) == view.namespace
        }
        for item in view.manifests.of_kind(kind):
            old = there.get(item["metadata"]["name"])
            if old is None:
                continue
            view.count("workloads that are there")
            if old != item["spec"]["selector"]:
                was = ", ".join(f"{key}={value}" for key, value in sorted((old.get("matchLabels") or {}).items()))
                name = item["metadata"]["name"]
                fix = f"kubectl delete {kind.lower()} {name} --cascade=orphan, or another release name"
                yield Violation(origin(item), f"{identity(item)} is there and selects {was}, which cannot change", fix)
