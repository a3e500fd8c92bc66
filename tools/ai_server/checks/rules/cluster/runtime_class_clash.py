"""A runtime class that the cluster has already."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.kube.manifests import Object


@rule("cluster/runtime-class-clash")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each class of the render that the cluster has, unless this release made it."""
    if view.manifests is None or view.facts is None:
        return
    there = {each["metadata"]["name"]: each for each in view.facts.of_kind("RuntimeClass")}
    for item in view.manifests.of_kind("RuntimeClass"):
        view.count("runtime classes")
        name = item["metadata"]["name"]
        if name in there and not _own(view, there[name]):
            message = f"{view.facts.source} has the RuntimeClass {name} already, and this release did not make it"
            yield Violation(("thor", "createRuntimeClass"), message, "write false: the pods use the one that is there")


def _own(view: ClusterView, item: Object) -> bool:
    """Whether Helm says that the object is this release's."""
    annotations = item["metadata"].get("annotations") or {}
    said = [annotations.get(f"meta.helm.sh/release-{of}") for of in ("name", "namespace")]
    return said == [view.release, view.namespace]
