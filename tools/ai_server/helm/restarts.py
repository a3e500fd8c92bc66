"""What a change interrupts: the pods that restart, and what is away meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ai_server.helm.gateway import Gateway, Route, gateway_of, routes
from ai_server.kube.manifests import Manifests, Pod, identity
from ai_server.reading.wording import enumerated

PARTS = {"litellm": "the API", "openwebui": "the chat page"}
"""What people miss while a container of that name is away."""


@dataclass(frozen=True)
class _Release:
    """The new release; stopped: the Services whose pods stop before new ones start."""

    manifests: Manifests
    gateway: Gateway
    routes: list[Route]
    stopped: set[str]

    @cached_property
    def answered(self) -> set[str]:
        """The models with a backend that does not stop."""
        return {route.model for route in self.routes if route.service not in self.stopped}


def effects(before: Manifests, after: Manifests) -> Iterator[str]:
    """A sentence for each workload whose pods restart, and one for the models that the API then has or lacks."""
    old = {identity(pod.owner): pod for pod in before.running()}
    changed = [pod for pod in after.running() if _differs(old.get(identity(pod.owner)), pod)]
    gateway = gateway_of(after.of_kind("ConfigMap"))
    stopped = {name for pod in changed if _stops_first(pod) for name in _service_names(pod, after)}
    release = _Release(after, gateway, routes(after), stopped)
    for pod in changed:
        yield f"restarts {identity(pod.owner)}{_meanwhile(pod, release)}"
    if not changed:
        yield "no pod restarts"
    models, now = gateway_of(before.of_kind("ConfigMap")).modes, gateway.modes
    if gone := sorted(models.keys() - now.keys()):
        yield f"no longer in the API: {', '.join(gone)}"
    if new := sorted(now.keys() - models.keys()):
        yield f"new in the API: {', '.join(new)}"


def _differs(old: Pod | None, new: Pod) -> bool:
    return old is not None and (old.metadata, old.spec) != (new.metadata, new.spec)


def _meanwhile(pod: Pod, release: _Release) -> str:
    """What is away while the pods of a workload are replaced."""
    if pod.owner["kind"] == "DaemonSet":
        return ", node by node: the pods on the other nodes answer meanwhile"
    if not _stops_first(pod):
        return ": the new pod starts first, and nothing is away"
    parts = [PARTS[container["name"]] for container in pod.containers(init=False) if container["name"] in PARTS]
    away = parts or list(_models(pod, release))
    if not away:
        return ""
    verb = "is" if len(away) == 1 else "are"
    return f": {enumerated(away)} {verb} away until the new pod is ready"


def _stops_first(pod: Pod) -> bool:
    return bool((pod.owner["spec"].get("strategy") or {}).get("type") == "Recreate")


def _models(pod: Pod, release: _Release) -> Iterator[str]:
    """The models that a pod serves, with what answers instead; those with another backend are not away."""
    mine = _service_names(pod, release.manifests)
    for model in dict.fromkeys(route.model for route in release.routes if route.service in mine):
        if model not in release.answered:
            yield model + _instead(model, release)


def _instead(model: str, release: _Release) -> str:
    """The first fallback of a model that is not away itself."""
    fallbacks, aliases = release.gateway.fallbacks.get(model, []), release.gateway.aliases
    name = next((name for name in fallbacks if aliases.get(name, name) in release.answered), "")
    return f" ({name} answers instead)" if name else ""


def _service_names(pod: Pod, manifests: Manifests) -> set[str]:
    services = manifests.of_kind("Service")
    return {item["metadata"]["name"] for item in services if pod in manifests.selected_by(item)}
