"""Labels that do not select what they should."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import identity


@rule("kubernetes/selector")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each workload whose labels do not meet, and for each pair that shares pods."""
    for pod in view.manifests.pods():
        selector = (pod.owner["spec"].get("selector") or {}).get("matchLabels")
        if selector is None:
            continue
        view.count("selectors")
        if not selector.items() <= pod.labels.items():
            yield Violation(origin(pod.owner), f"{identity(pod.owner)} does not select its own pods")
        for other in view.manifests.labelled(selector):
            if other.owner is not pod.owner:
                message = f"{identity(pod.owner)} also selects the pods of {identity(other.owner)}"
                yield Violation(origin(pod.owner), message)
