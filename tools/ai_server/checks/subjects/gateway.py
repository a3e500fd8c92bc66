"""LiteLLM in a render: its configuration, and its container's variables."""

from typing import Any

from ai_server.checks.engine.views import RenderView, computed_once
from ai_server.checks.subjects.programs import programs
from ai_server.helm.gateway import Gateway, Route, gateway_of


@computed_once
def gateway(view: RenderView) -> Gateway:
    """The release's LiteLLM; without one, an empty configuration."""
    return gateway_of(view.manifests.of_kind("ConfigMap"))


def all_routes(view: RenderView) -> list[Route]:
    """Every route."""
    return gateway(view).routes


def section(view: RenderView, name: str) -> dict[str, Any]:
    """router_settings, litellm_settings or general_settings as rendered."""
    return gateway(view).settings(name)


def env(view: RenderView) -> dict[str, Any]:
    """The variables of LiteLLM's container: the text, or the map of a reference; {} where it is off."""
    return next((each.env for each in programs(view) if each.program == "litellm"), {})
