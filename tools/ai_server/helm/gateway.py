"""Which model goes where: from LiteLLM's configuration, through Services, to the nodes of the pods behind them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ai_server.kube.manifests import Manifests, Object
from ai_server.kube.nodes import HOSTNAME


@dataclass(frozen=True)
class Route:
    """One backend of one model. service is "" for a backend elsewhere; nodes are names, or key=value of a pool."""

    model: str
    mode: str
    backend_model: str
    api_base: str
    service: str
    nodes: tuple[str, ...]

    @property
    def external(self) -> bool:
        """Whether the backend is not the release's own."""
        return not self.service

    @property
    def backend(self) -> str:
        """The backend as people read it: Service:port, or the URL."""
        return self.api_base if self.external else f"{self.service}:{urlsplit(self.api_base).port}"


def model_list(config_maps: Iterable[Object]) -> list[dict[str, Any]]:
    """LiteLLM's model_list, from the ConfigMap that holds config.yaml; [] where the gateway is off."""
    from yaml_rs import loads

    for item in config_maps:
        text = (item.get("data") or {}).get("config.yaml", "")
        if "model_list" in text:
            config: Any = loads(text)
            found: list[dict[str, Any]] = config.get("model_list") or []
            return found
    return []


def routes(manifests: Manifests) -> list[Route]:
    """Every route of a render, sorted by model and backend."""
    services = {item["metadata"]["name"]: item for item in manifests.of_kind("Service")}
    found = []
    for entry in model_list(manifests.of_kind("ConfigMap")):
        base = entry["litellm_params"].get("api_base", "")
        name = host_of(base)
        service = services.get(name)
        found.append(route(entry, name if service else "", _nodes(manifests, service) if service else ()))
    return sorted(found, key=lambda each: (each.model, each.backend))


def pictures(manifests: Manifests) -> str:
    """What the chat page draws pictures with, in words; "" where it knows no ComfyUI."""
    pages = [each for pod in manifests.running() for each in pod.containers(init=False) if each["name"] == "openwebui"]
    env = {each["name"]: each.get("value") or "" for page in pages for each in page.get("env") or []}
    url = env.get("COMFYUI_BASE_URL", "")
    if not url:
        return ""
    if env.get("ENABLE_IMAGE_GENERATION") == "true":
        return f"pictures in the chat page: {url}, {env.get('IMAGE_GENERATION_MODEL') or 'a workflow of your own'}"
    return "no pictures in the chat page: openwebui.images names neither a checkpoint (model) nor a whole workflow"


def route(entry: dict[str, Any], service: str, nodes: Iterable[str]) -> Route:
    """The route of an entry of model_list."""
    params = entry["litellm_params"]
    mode = (entry.get("model_info") or {}).get("mode", "")
    return Route(entry["model_name"], mode, params["model"], params.get("api_base", ""), service, tuple(nodes))


def host_of(url: str) -> str:
    """The Service that a URL in the cluster names: the host up to its first dot, if the rest is the cluster's."""
    host = urlsplit(url).hostname or ""
    name, _, rest = host.partition(".")
    return name if not rest or rest.endswith((".svc", ".svc.cluster.local")) else host


def _nodes(manifests: Manifests, service: Object) -> tuple[str, ...]:
    names = []
    for pod in manifests.selected_by(service):
        selector = pod.spec.get("nodeSelector") or {}
        names.append(selector.get(HOSTNAME) or ", ".join(f"{key}={value}" for key, value in sorted(selector.items())))
    return tuple(sorted({name or "any node" for name in names}))
