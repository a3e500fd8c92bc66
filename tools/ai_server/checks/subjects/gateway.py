"""LiteLLM in the rendered objects: its configuration, and the variables of its container."""

from typing import Any

from ai_server.checks.engine.views import RenderView, computed_once
from ai_server.checks.subjects.programs import programs
from ai_server.helm.gateway import Gateway, Route, gateway_of


@computed_once
def gateway(view: RenderView) -> Gateway:
    """The configuration of the release's LiteLLM; empty without LiteLLM."""
    return gateway_of(view.manifests.of_kind("ConfigMap"))


def all_routes(view: RenderView) -> list[Route]:
    """Every route."""
    return gateway(view).routes


def section(view: RenderView, name: str) -> dict[str, Any]:
    """router_settings, litellm_settings or general_settings as rendered."""
    return gateway(view).settings(name)


def env(view: RenderView) -> dict[str, Any]:
    """The variables of LiteLLM's container: the text, or the map of a reference; {} if it is disabled."""
    return next((server.env for server in programs(view, "litellm")), {})
