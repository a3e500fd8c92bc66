"""The gateway's configuration as rendered: the names that LiteLLM serves, and the backend of each route."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from ai_server.kube.addresses import port_of, service_of
from ai_server.kube.manifests import Manifests, Object
from ai_server.kube.nodes import HOSTNAME

MASTER_KEY = "LITELLM_MASTER_KEY"
"""The variable with the API key."""
ELSEWHERE = "extra-"
"""The prefix of a route's id that the chart creates from an entry of litellm.models."""


@dataclass(frozen=True)
class Route:
    """An entry of LiteLLM's model_list; params are its litellm_params, info is its model_info.

    service is "" for an external backend, or if it was not looked up; nodes are names, or key=value of a pool.
    """

    id: str
    model: str
    mode: str
    params: dict[str, Any]
    service: str = ""
    nodes: tuple[str, ...] = ()
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def checked(self) -> bool:
        """Whether LiteLLM's background health checks, if they are on, request an answer from the backend."""
        return not self.info.get("disable_background_health_check", False)

    @property
    def tokens(self) -> int:
        """The longest input; 0 if it is unknown."""
        return int(self.info.get("max_input_tokens") or 0)

    @property
    def tools(self) -> bool:
        """Whether the gateway promises tool calls."""
        return bool(self.info.get("supports_function_calling"))

    @property
    def api_base(self) -> str:
        """The address that LiteLLM sends requests to; "" for the provider's default."""
        return str(self.params.get("api_base", ""))

    @property
    def backend_model(self) -> str:
        """The model that LiteLLM requests: provider/name."""
        return str(self.params.get("model", ""))

    @property
    def provider(self) -> str:
        """The provider of that model: the part before the slash."""
        return self.backend_model.partition("/")[0]

    @property
    def entry(self) -> str:
        """The entry of litellm.models that the route comes from; "" for a server of the release."""
        return self.id.removeprefix(ELSEWHERE) if self.id.startswith(ELSEWHERE) else ""

    @property
    def external(self) -> bool:
        """Whether the backend is outside the release."""
        return not self.service

    @property
    def backend(self) -> str:
        """The backend for display: Service:port, the URL, or the model of a provider at its default address."""
        return self.api_base or self.backend_model if self.external else f"{self.service}:{port_of(self.api_base)}"


@dataclass(frozen=True)
class Gateway:
    """LiteLLM's config.yaml, and the routes in it."""

    config: dict[str, Any]

    @cached_property
    def routes(self) -> list[Route]:
        """Every route, in the order of model_list."""
        return [
            Route(
                str(entry["model_info"]["id"]),
                str(entry["model_name"]),
                str(entry["model_info"].get("mode") or ""),
                entry.get("litellm_params") or {},
                info=entry["model_info"],
            )
            for entry in self.config.get("model_list") or []
        ]

    @cached_property
    def modes(self) -> dict[str, str]:
        """The mode (chat, embedding, ...) of each served name."""
        return {route.model: route.mode for route in self.routes}

    def settings(self, section: str) -> dict[str, Any]:
        """router_settings, litellm_settings or general_settings."""
        settings: dict[str, Any] = self.config.get(section) or {}
        return settings

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Other names, each with the name of its model."""
        given = {
            **(self.settings("router_settings").get("model_group_alias") or {}),
            **(self.settings("litellm_settings").get("model_alias_map") or {}),
        }
        return {name: str(of.get("model", "")) if isinstance(of, dict) else str(of) for name, of in given.items()}

    @cached_property
    def fallbacks(self) -> dict[str, list[str]]:
        """The other models that answer when all backends of a model fail, in order, without the ids of routes."""
        others: dict[str, list[str]] = {}
        for section in ("litellm_settings", "router_settings"):
            for pair in self.settings(section).get("fallbacks") or []:
                for model, names in pair.items():
                    known = [name for name in names if name in {**self.modes, **self.aliases} and name != model]
                    others[model] = list(dict.fromkeys(known))
        return {model: names for model, names in others.items() if names}

    def sentences(self) -> Iterator[str]:
        """A sentence for each model with fallbacks, and for each alias."""
        for model, names in sorted(self.fallbacks.items()):
            yield f"{model} falls back to {', then '.join(names)}"
        for name, model in sorted(self.aliases.items()):
            yield f"{name} is another name for {model}"

    def answers(self, name: str) -> bool:
        """Whether LiteLLM accepts a request for a name: that of a model, one of a wildcard (`openai/*`), an alias, or
        the id of a route. With models in a database, any name may be one.
        """
        if self.settings("general_settings").get("store_model_in_db"):
            return True
        return name in self.aliases or any(fnmatchcase(name, route.model) or name == route.id for route in self.routes)


def key_reference(containers: Iterable[Object]) -> tuple[str, str] | None:
    """The name of the Secret with the API key, and the key in it, as a container reads them; None if none does."""
    for container in containers:
        for variable in container.get("env") or []:
            reference: dict[str, Any] = (variable.get("valueFrom") or {}).get("secretKeyRef") or {}
            if variable["name"] == MASTER_KEY and reference:
                return reference["name"], reference["key"]
    return None


def gateway_of(config_maps: Iterable[Object]) -> Gateway:
    """The gateway whose config.yaml is in one of the ConfigMaps; an empty configuration if the gateway is off."""
    from yaml_rs import loads

    texts = ((item.get("data") or {}).get("config.yaml", "") for item in config_maps)
    config: Any = next((loads(text) for text in texts if "model_list" in text), {})
    return Gateway(config)


def routes(manifests: Manifests, namespace: str = "ai-server") -> list[Route]:
    """Every route of a render with its Service and the nodes of the pods behind it, sorted by model and backend."""
    services = {item["metadata"]["name"]: item for item in manifests.of_kind("Service")}
    resolved = []
    for route in gateway_of(manifests.of_kind("ConfigMap")).routes:
        service = services.get(service_of(route.api_base, namespace))
        if service:
            route = replace(route, service=service["metadata"]["name"], nodes=_nodes(manifests, service))
        resolved.append(route)
    return sorted(resolved, key=lambda route: (route.model, route.backend))


def pictures(manifests: Manifests) -> str:
    """How the chat page generates images, as a sentence; "" if it has no ComfyUI."""
    containers = [container for pod in manifests.running() for container in pod.containers(init=False)]
    pages = [container for container in containers if container["name"] == "openwebui"]
    env = {variable["name"]: variable.get("value") or "" for page in pages for variable in page.get("env") or []}
    url = env.get("COMFYUI_BASE_URL", "")
    if not url:
        return ""
    if env.get("ENABLE_IMAGE_GENERATION") == "true":
        return f"pictures in the chat page: {url}, {env.get('IMAGE_GENERATION_MODEL') or 'your own workflow'}"
    return "no pictures in the chat page: openwebui.images names neither a checkpoint (model) nor a complete workflow"


def _nodes(manifests: Manifests, service: Object) -> tuple[str, ...]:
    names = []
    for pod in manifests.selected_by(service):
        selector = pod.spec.get("nodeSelector") or {}
        names.append(selector.get(HOSTNAME) or ", ".join(f"{key}={value}" for key, value in sorted(selector.items())))
    return tuple(sorted({name or "any node" for name in names}))
