"""The providers that LiteLLM knows, and whether a model has a key."""

from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.helm.gateway import Route
from ai_server.reading.data import read_data


@cache
def providers() -> dict[str, Any]:
    """The content of facts/providers.yaml."""
    data: dict[str, Any] = read_data(facts.__file__, "providers.yaml")
    return data


def provider_of(route: Route) -> str:
    """The provider of a route's model: the part before the slash."""
    return str(route.params.get("model", "")).partition("/")[0]


def has_key(model: dict[str, Any], route: Route, variables: dict[str, Any]) -> bool:
    """Whether a model has a key: params override the Secret, and a variable of its provider comes last."""
    params = model.get("params") or {}
    if route.params.get("api_key") if "api_key" in params else (model.get("apiKeySecret") or {}).get("name"):
        return True
    provider = provider_of(route)
    prefix = providers()["openai"].get(provider, provider.upper())
    return bool(not route.params.get("api_key") and variables.get(f"{prefix}_API_KEY"))
