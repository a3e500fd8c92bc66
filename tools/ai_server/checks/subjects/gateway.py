"""LiteLLM's configuration as rendered: its routes, the kind of each model, and the names that it answers to."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ai_server.checks.engine.views import RenderView, computed_once
from ai_server.checks.subjects.running import running


@dataclass(frozen=True)
class Route:
    """An entry of model_list; params are its litellm_params."""

    id: str
    name: str
    mode: str
    api_base: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Gateway:
    """config.yaml, and the routes in it."""

    config: dict[str, Any]
    routes: list[Route]


@computed_once
def gateway(view: RenderView) -> Gateway:
    """The release's LiteLLM; without one, an empty configuration."""
    from yaml_rs import loads

    config: Any = {}
    for item in view.manifests.of_kind("ConfigMap"):
        text = (item.get("data") or {}).get("config.yaml", "")
        if "model_list" in text:
            config = loads(text)
            break
    routes = [
        Route(
            str(entry["model_info"]["id"]),
            str(entry["model_name"]),
            str(entry["model_info"].get("mode", "")),
            str(entry["litellm_params"].get("api_base", "")),
            entry["litellm_params"],
        )
        for entry in config.get("model_list") or []
    ]
    return Gateway(config, routes)


def all_routes(view: RenderView) -> Iterator[Route]:
    """Every route."""
    yield from gateway(view).routes


def routes_of(view: RenderView, name: str) -> list[Route]:
    """The routes of a model's name."""
    return [route for route in all_routes(view) if route.name == name]


def modes(view: RenderView) -> dict[str, str]:
    """What each served name is for."""
    return {route.name: route.mode for route in all_routes(view)}


def env(view: RenderView) -> dict[str, Any]:
    """The variables of LiteLLM's container: the text, or the map of a reference; {} where it is off."""
    return next((each.env for each in running(view) if each.program == "litellm"), {})


def section(view: RenderView, name: str) -> dict[str, Any]:
    """router_settings, litellm_settings or general_settings as rendered."""
    found: dict[str, Any] = gateway(view).config.get(name) or {}
    return found


def answers(view: RenderView, name: str) -> bool:
    """Whether LiteLLM takes a request for that name: a model's, one of a wildcard (`openai/*`), an alias, or the id of
    a route. Models that are kept in a database cannot be known, so that then every name may be one.
    """
    if section(view, "general_settings").get("store_model_in_db"):
        return True
    aliases = {
        **(section(view, "router_settings").get("model_group_alias") or {}),
        **(section(view, "litellm_settings").get("model_alias_map") or {}),
    }
    return name in aliases or any(fnmatchcase(name, route.name) or name == route.id for route in all_routes(view))
