"""A route to a Service that is not there."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.addresses import split
from ai_server.checks.subjects.gateway import Route, all_routes
from ai_server.reading.profiles import Keys

OF_THE_PAGE: tuple[Keys, ...] = (("openwebui", "gatewayUrl"), ("openwebui", "images", "comfyuiUrl"))


@rule("routes/dead-route")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each route to a name of the release that is no Service, or not with that port."""
    services = {item["metadata"]["name"]: item for item in view.manifests.of_kind("Service")} if view.manifests else {}
    asked = [(_keys(route), route.api_base) for route in all_routes(view)]
    asked += [(keys, str(view.get(*keys) or "")) for keys in OF_THE_PAGE]
    for keys, address in asked:
        view.count("routes")
        url = split(address)
        host = _service(url.hostname or "", view.namespace) if url else ""
        if url is None or not host:
            continue
        if keys[:2] == ("litellm", "models") and host == f"{view.release}-litellm" and host in services:
            yield Violation(
                keys, "LiteLLM would ask itself, round and round", "write the address of the model's server"
            )
        elif host in services:
            ports = [port["port"] for port in services[host]["spec"]["ports"]]
            port = url.port or (443 if url.scheme == "https" else 80)
            if port not in ports:
                yield Violation(keys, f"Service {host} has no port {port}", f"write {', '.join(map(str, ports))}")
        elif host.startswith(f"{view.release}-"):
            there = ", ".join(sorted(services))
            yield Violation(keys, f"the release has no Service {host}", f"it has: {there}")


def _keys(route: Route) -> Keys:
    """Where a route's address was written; the chart's own are at the component."""
    own = route.id.startswith("extra-")
    return ("litellm", "models", route.id.removeprefix("extra-"), "apiBase") if own else ("litellm",)


def _service(host: str, namespace: str) -> str:
    """The Service of the release's namespace that a host means; "" for a host elsewhere."""
    name, dot, rest = host.partition(".")
    here = not dot or rest in (namespace, f"{namespace}.svc") or rest.startswith(f"{namespace}.svc.")
    return name if here else ""
