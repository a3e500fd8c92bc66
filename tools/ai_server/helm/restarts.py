"""What a change interrupts: the pods that restart, and what is away meanwhile."""

from collections.abc import Iterable, Iterator

from ai_server.helm.gateway import Gateway, gateway_of, routes
from ai_server.kube.manifests import Manifests, Pod, identity
from ai_server.reading.wording import enumerated

PARTS = {"litellm": "the API", "openwebui": "the chat page"}
"""What people miss while a container of that name is away."""


def effects(before: Manifests, after: Manifests) -> Iterator[str]:
    """A sentence for each workload whose pods restart, and one for the models that the API then has or lacks."""
    old = {identity(pod.owner): pod for pod in before.running()}
    changed = [pod for pod in after.running() if _differs(old.get(identity(pod.owner)), pod)]
    for pod in changed:
        yield f"restarts {identity(pod.owner)}{_meanwhile(pod, changed, after)}"
    if not changed:
        yield "no pod restarts"
    models, now = gateway_of(before.of_kind("ConfigMap")).modes, gateway_of(after.of_kind("ConfigMap")).modes
    if gone := sorted(models.keys() - now.keys()):
        yield f"no longer in the API: {', '.join(gone)}"
    if new := sorted(now.keys() - models.keys()):
        yield f"new in the API: {', '.join(new)}"


def _differs(old: Pod | None, new: Pod) -> bool:
    return old is not None and (old.metadata, old.spec) != (new.metadata, new.spec)


def _meanwhile(pod: Pod, changed: Iterable[Pod], manifests: Manifests) -> str:
    """What is away while the pods of a workload are replaced."""
    if pod.owner["kind"] == "DaemonSet":
        return ", node by node: the pods on the other nodes answer meanwhile"
    if not _stops_first(pod):
        return ": the new pod starts first, and nothing is away"
    parts = [PARTS[container["name"]] for container in pod.containers(init=False) if container["name"] in PARTS]
    away = parts or list(_models(pod, list(changed), manifests))
    if not away:
        return ""
    verb = "is" if len(away) == 1 else "are"
    return f": {enumerated(away)} {verb} away until the new pod is ready"


def _stops_first(pod: Pod) -> bool:
    return bool((pod.owner["spec"].get("strategy") or {}).get("type") == "Recreate")


def _models(pod: Pod, changed: list[Pod], manifests: Manifests) -> Iterator[str]:
    """The models that a pod serves, with what answers instead; those with another backend are not away."""
    gateway = gateway_of(manifests.of_kind("ConfigMap"))
    served = routes(manifests)
    stopped = {_service_names(other, manifests) for other in changed if _stops_first(other)}
    services = frozenset().union(*stopped)
    mine = _service_names(pod, manifests)
    for model in dict.fromkeys(route.model for route in served if route.service in mine):
        if all(route.service in services for route in served if route.model == model):
            yield model + _instead(model, gateway, services, manifests)


def _instead(model: str, gateway: Gateway, services: frozenset[str], manifests: Manifests) -> str:
    """The first fallback of a model that is not away itself."""
    there = {route.model for route in routes(manifests) if route.service not in services}
    name = next((name for name in gateway.fallbacks.get(model, []) if gateway.aliases.get(name, name) in there), "")
    return f" ({name} answers instead)" if name else ""


def _service_names(pod: Pod, manifests: Manifests) -> frozenset[str]:
    services = manifests.of_kind("Service")
    return frozenset(item["metadata"]["name"] for item in services if pod in manifests.selected_by(item))
