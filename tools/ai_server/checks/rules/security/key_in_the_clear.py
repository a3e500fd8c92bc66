"""A key that travels unencrypted through the internet."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.rules.programs.model_without_key import has_key
from ai_server.checks.subjects.addresses import host_of, is_public
from ai_server.checks.subjects.gateway import all_routes, env


@rule("security/key-in-the-clear")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each http:// address outside the house that a key is sent to."""
    variables, routes = env(view), {route.id: route for route in all_routes(view)}
    for name, model in (view.get("litellm", "models") or {}).items():
        url = model.get("apiBase", "") if isinstance(model, dict) else ""
        route = routes.get(f"extra-{name}")
        view.count("addresses outside")
        if url.lower().startswith("http://") and is_public(url) and route and has_key(model, route, variables):
            keys = ("litellm", "models", name, "apiBase")
            yield Violation(keys, f"the key goes to {host_of(url)} unencrypted", "write https://")
    url = view.get("openwebui", "gatewayUrl") or ""
    if url.lower().startswith("http://") and is_public(url):
        message = f"the key goes to {host_of(url)} unencrypted"
        yield Violation(("openwebui", "gatewayUrl"), message, "write https://")
