"""LiteLLM's configuration in the rendered objects."""

from ai_server.checks.engine.views import RenderView, computed_once
from ai_server.helm.gateway import Gateway, gateway_of


@computed_once
def gateway(view: RenderView) -> Gateway:
    """The configuration of the release's LiteLLM; empty without LiteLLM."""
    return gateway_of(view.manifests.of_kind("ConfigMap"))
