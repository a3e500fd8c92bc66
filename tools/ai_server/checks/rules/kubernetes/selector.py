"""Labels that do not select what they should."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import identity

RULE = Rule(
    "A workload that does not select its own pods, or another's as well",
    why="A Deployment finds its pods by labels. One that selects another's pods would delete them.",
    wrong="apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {a: c}}\n"
    "  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: x, image: y}]}}",
    right="apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {a: b}}\n"
    "  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: x, image: y}]}}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each workload whose labels do not meet, and for each pair that shares pods."""
    for pod in context.manifests.pods() if context.manifests else []:
        selector = (pod.owner["spec"].get("selector") or {}).get("matchLabels")
        if selector is None:
            continue
        context.count("selectors")
        if not selector.items() <= pod.labels.items():
            yield Found(origin(pod.owner), f"{identity(pod.owner)} does not select its own pods")
        for other in context.manifests.labelled(selector) if context.manifests else []:
            if other.owner is not pod.owner:
                message = f"{identity(pod.owner)} also selects the pods of {identity(other.owner)}"
                yield Found(origin(pod.owner), message)
