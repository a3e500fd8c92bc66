"""Memory, CPU or disk that a node has not left."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Severity, Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.capacity import shortages, unsaid
from ai_server.kube.manifests import Pod, identity
from ai_server.kube.nodes import quantity
from ai_server.reading.profiles import Keys

ABOUT = frozenset({"node", "selector", "replicas", "resources"})


@rule("cluster/too-little")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each pod that finds no room."""
    if view.facts and not view.facts.knows("Pod"):
        yield not_checked("what other pods have reserved: the cluster file lists no Pods")
    for resource, names in unsaid(view).items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield not_checked(f"how much {resource} is left on node {names[0]}{more}: its status.allocatable does not say")
    for short in shortages(view):
        resources = sorted((name for name in short.resources if "/" not in name), key=_order)
        if resources:
            keys = _asked(view, short.pod, resources[0])
            message = f"{identity(short.pod.owner)} {short.words(resources)}"
            severity: Severity | None = "warning" if short.in_upgrade else None
            yield Violation(keys, message, short.fix(resources), severity=severity, about=ABOUT)


def _order(resource: str) -> tuple[bool, str]:
    return resource != "memory", resource


def _asked(view: ClusterView, pod: Pod, resource: str) -> Keys:
    """The largest of the requests that the user wrote, else the pod's own entry."""
    owner = origin(pod.owner)
    inner = {"vllm": ("vllm",), "comfyui": ("comfyui",), "speech": ("speech",)}
    asked: dict[Keys, Decimal] = {}
    for container in pod.containers():
        name = container["name"]
        of = (name,) if name in ("litellm", "openwebui") else owner
        keys = view.setting(of, *inner.get(name, ()), "resources", "requests", resource)
        amount = ((container.get("resources") or {}).get("requests") or {}).get(resource)
        if view.given(*keys) and amount is not None:
            asked[keys] = quantity(amount)
    return max(asked, key=lambda keys: asked[keys]) if asked else owner
