"""A key that travels unencrypted through the internet."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.rules.programs.model_without_key import has_key
from ai_server.checks.subjects.addresses import host_of, is_public
from ai_server.checks.subjects.gateway import all_routes, env

RULE = Rule(
    "A key that travels unencrypted",
    why="Over http:// to a public name, everybody on the way reads the key and what is asked.",
    wrong="litellm:\n  models:\n    cloud:\n      model: openai/x\n      apiBase: http://api.example.com/v1\n"
    "      apiKeySecret: {name: cloud-key}",
    right="litellm:\n  models:\n    cloud:\n      model: openai/x\n      apiBase: https://api.example.com/v1\n"
    "      apiKeySecret: {name: cloud-key}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each http:// address outside the house that a key is sent to."""
    variables, routes = env(context), {route.id: route for route in all_routes(context)}
    for name, model in (context.get("litellm", "models") or {}).items():
        url = model.get("apiBase", "") if isinstance(model, dict) else ""
        route = routes.get(f"extra-{name}")
        context.count("addresses outside")
        if url.lower().startswith("http://") and is_public(url) and route and has_key(model, route, variables):
            keys = ("litellm", "models", name, "apiBase")
            yield Found(keys, f"the key goes to {host_of(url)} unencrypted", "write https://")
    url = context.get("openwebui", "gatewayUrl") or ""
    if url.lower().startswith("http://") and is_public(url):
        message = f"the key goes to {host_of(url)} unencrypted"
        yield Found(("openwebui", "gatewayUrl"), message, "write https://")
