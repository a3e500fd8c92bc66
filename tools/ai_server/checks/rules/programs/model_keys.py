"""External models without a key."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.from_secret import OF_A_MODEL
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.private_names import is_public
from ai_server.checks.subjects.programs import variables_of
from ai_server.checks.subjects.providers import has_key, providers
from ai_server.helm.gateway import Route
from ai_server.kube.addresses import host_of
from ai_server.reading.profiles import Keys

FIX = f"set apiKeySecret: {OF_A_MODEL}"
AT_OWN_DOMAIN = "if it is your own server without a key, add its domain to global.privateDomains: [%s]"


@rule("programs/model-without-key")
def model_without_key(view: RenderView) -> Iterator[Violation]:
    """Looks at models with a public address or of a cloud provider, unless envFrom may set the key."""
    variables, models = variables_of(view, "litellm"), view.get("litellm", "models")
    for route in gateway(view).routes:
        keys = ("litellm", "models", route.entry)
        if not route.entry or "/" not in route.backend_model:
            continue
        if any(other[:3] == keys for other in (*view.pruned, *view.at_secrets)):
            continue  # the rejected key may have been meant as the API key, or the key is in the address
        if not has_key(models[route.entry], route, variables) and not variables.more:
            yield from _without_key(view, keys, route, variables)


def _without_key(view: RenderView, keys: Keys, route: Route, variables: dict[str, Any]) -> Iterator[Violation]:
    provider, host, known = route.provider, host_of(route.api_base), providers()
    other_base = variables.get("OPENAI_API_BASE") or variables.get("OPENAI_BASE_URL")
    vendor = host in known["cloud"] or host in known["hosts"]
    requires_key = (vendor or is_public(view, route.api_base)) and provider not in known["other ways"]
    without_address = (*known["openai"], *known["at home"], *known["other ways"])
    if provider in known["openai"] and "api_key" in route.params and not route.params["api_key"]:
        yield Violation((*keys, "params", "api_key"), f"{provider}/ sends no request with an empty key").remove()
    elif provider in known["openai"] and not route.api_base and not other_base:
        message = "without apiBase requests go to api.openai.com, which requires a key, but none is set"
        yield Violation(keys, message, f"set apiBase: http://host:port/v1, or {FIX}")
    elif requires_key and not vendor:
        message = f"{host} is a public name, where servers usually require a key, but none is set"
        yield Violation(keys, message, f"{FIX}; {AT_OWN_DOMAIN % host}", severity="warning")
    elif requires_key or not (route.api_base or provider in without_address):
        yield Violation(keys, f"{host or provider} requires a key, but none is set", FIX)
