"""NVIDIA's runtime class at a pod that has no use for it."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import Object, identity


@rule("cluster/needless-runtime-class")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each place that gives the class to pods without such a GPU."""
    for pod in view.manifests.running():
        owner = origin(pod.owner)
        if owner[:1] == ("thor",) or not str(pod.spec.get("runtimeClassName") or "").startswith("nvidia"):
            continue
        view.count("pods of NVIDIA's runtime class")
        if not any(_nvidia(container) for container in pod.containers()):
            own = view.setting(owner, "pod", "runtimeClassName")
            keys = own if view.given(*own) else ("global", "pod", "runtimeClassName")
            fix = "write it at thor.pod.runtimeClassName alone"
            yield Violation(keys, "is NVIDIA's, and these pods use no NVIDIA GPU", fix, at=identity(pod.owner))


def _nvidia(container: Object) -> bool:
    visible = {each["name"]: each.get("value", "") for each in container.get("env") or []}
    resources = container.get("resources") or {}
    asked = [*(resources.get("limits") or {}), *(resources.get("requests") or {})]
    shown = visible.get("NVIDIA_VISIBLE_DEVICES", "void") not in ("void", "none", "")
    return shown or any(name.startswith("nvidia.com/") for name in asked)
