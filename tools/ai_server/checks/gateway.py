"""LiteLLM's configuration as rendered: its routes, and the kind of each model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ai_server.checks.findings import Context
from ai_server.routes import model_list


@dataclass(frozen=True)
class Route:
    """An entry of model_list."""

    id: str
    name: str
    mode: str
    api_base: str


def all_routes(context: Context) -> Iterator[Route]:
    """Every route."""
    yield from context.routes if context.routes is not None else _read(context)


def _read(context: Context) -> list[Route]:
    entries: list[dict[str, Any]] = model_list(context.manifests.of_kind("ConfigMap")) if context.manifests else []
    context.routes = [
        Route(
            str(entry["model_info"]["id"]),
            str(entry["model_name"]),
            str(entry["model_info"].get("mode", "")),
            str(entry["litellm_params"].get("api_base", "")),
        )
        for entry in entries
    ]
    found: list[Route] = context.routes
    return found


def routes_of(context: Context, name: str) -> list[Route]:
    """The routes of a model's name."""
    return [route for route in all_routes(context) if route.name == name]


def modes(context: Context) -> dict[str, str]:
    """What each served name is for."""
    return {route.name: route.mode for route in all_routes(context)}
