"""A runtime class that the cluster has already."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import Object

RULE = Rule(
    "A runtime class that the chart would make again",
    needs="cluster",
    why="k3s and NVIDIA's GPU operator make the RuntimeClass nvidia themselves. Helm refuses to install an object that"
    " is there and that another made.",
    wrong="thor: {createRuntimeClass: true}",
    right="thor: {createRuntimeClass: false}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each class of the render that the cluster has, unless this release made it."""
    if context.manifests is None or context.facts is None:
        return
    there = {each["metadata"]["name"]: each for each in context.facts.of_kind("RuntimeClass")}
    for item in context.manifests.of_kind("RuntimeClass"):
        context.count("runtime classes")
        name = item["metadata"]["name"]
        if name in there and not _own(context, there[name]):
            message = f"{context.facts.source} has the RuntimeClass {name} already, and this release did not make it"
            yield Found(("thor", "createRuntimeClass"), message, "write false: the pods use the one that is there")


def _own(context: Context, item: Object) -> bool:
    """Whether Helm says that the object is this release's."""
    annotations = item["metadata"].get("annotations") or {}
    said = [annotations.get(f"meta.helm.sh/release-{of}") for of in ("name", "namespace")]
    return said == [context.release, context.namespace]
