"""The providers that LiteLLM knows, and whether a model has a key."""

from typing import Any

from ai_server.checks import facts
from ai_server.helm.gateway import Route


def providers() -> dict[str, Any]:
    """The content of facts/providers.yaml."""
    data: dict[str, Any] = facts.table("providers")
    return data


def has_key(model: dict[str, Any], route: Route, variables: dict[str, Any]) -> bool:
    """Whether a model has a key: params override the Secret, and a variable of its provider comes last."""
    params = model.get("params") or {}
    if route.params.get("api_key") if "api_key" in params else (model.get("apiKeySecret") or {}).get("name"):
        return True
    prefix = providers()["openai"].get(route.provider, route.provider.upper())
    return bool(not route.params.get("api_key") and variables.get(f"{prefix}_API_KEY"))
