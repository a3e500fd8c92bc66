"""NVIDIA's runtime class at a pod that has no use for it."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import Object, identity

RULE = Rule(
    "NVIDIA's runtime class at a pod without an NVIDIA GPU",
    severity="warning",
    why="A pod of the runtime class nvidia starts only where NVIDIA's container runtime is installed. The gateway, the"
    " page and AMD's GPUs do not need it: their pods would fail on every other node.",
    wrong="global:\n  pod: {runtimeClassName: nvidia}",
    right="thor:\n  pod: {runtimeClassName: nvidia}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for each place that gives the class to pods without such a GPU."""
    for pod in context.manifests.running() if context.manifests else []:
        owner = origin(pod.owner)
        if owner[:1] == ("thor",) or not str(pod.spec.get("runtimeClassName") or "").startswith("nvidia"):
            continue
        context.count("pods of NVIDIA's runtime class")
        if not any(_nvidia(container) for container in pod.containers()):
            own = context.setting(owner, "pod", "runtimeClassName")
            keys = own if context.given(*own) else ("global", "pod", "runtimeClassName")
            fix = "write it at thor.pod.runtimeClassName alone"
            yield Found(keys, "is NVIDIA's, and these pods use no NVIDIA GPU", fix, at=identity(pod.owner))


def _nvidia(container: Object) -> bool:
    visible = {each["name"]: each.get("value", "") for each in container.get("env") or []}
    resources = container.get("resources") or {}
    asked = [*(resources.get("limits") or {}), *(resources.get("requests") or {})]
    shown = visible.get("NVIDIA_VISIBLE_DEVICES", "void") not in ("void", "none", "")
    return shown or any(name.startswith("nvidia.com/") for name in asked)
