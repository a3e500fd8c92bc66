"""The addresses where LiteLLM, the chat page and browsers find each other."""

import re
from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Severity, Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.forms import OFF
from ai_server.checks.subjects.gateway import env, gateway
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.checks.subjects.providers import providers
from ai_server.kube.addresses import host_of, is_broken, port_of, service_of, split
from ai_server.reading.profiles import Keys

VERSIONED = re.compile(r"/v[0-9]+/?$")
"""How such a path ends; some vendors count on: https://api.z.ai/api/paas/v4."""
LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
ADDRESS = frozenset({"apiBase", "params"})
"""Where a model's address may stand in its entry."""
URL: Keys = ("openwebui", "url")
GATEWAY_URL: Keys = ("openwebui", "gatewayUrl")
COMFYUI_URL: Keys = ("openwebui", "images", "comfyuiUrl")
OPEN = ("NodePort", "LoadBalancer")
OAUTH = ("ENABLE_OAUTH_SIGNUP", "OPENID_PROVIDER_URL")


@rule("routes/api-base")
def address_form(view: RenderView) -> Iterator[Violation]:
    """A finding for each address of a model elsewhere, of a gateway, of a page and of ComfyUI."""
    for name, model in view.get("litellm", "models").items():
        if model.get("enabled") is not False and model.get("model"):
            yield from _of_model(("litellm", "models", name), model, env(view))
    for keys in (GATEWAY_URL, URL, COMFYUI_URL):
        if url := view.get(*keys):
            view.count("addresses")
            yield from _form(keys, url, v1=keys == GATEWAY_URL, loopback=keys == URL)


def _of_model(keys: Keys, model: dict[str, Any], variables: dict[str, Any]) -> Iterator[Violation]:
    provider, own = model["model"].partition("/")[0], (model.get("params") or {}).get("api_base")
    at_localhost = providers()["at_localhost"]
    url = own or model.get("apiBase", "")
    if url and not str(url).startswith("os.environ/"):
        place = (*keys, "params", "api_base") if own else (*keys, "apiBase")
        yield from _form(place, url, v1=provider in ("hosted_vllm", "openai"), loopback=False)
    elif not url and provider == "hosted_vllm" and not variables.get("HOSTED_VLLM_API_BASE"):
        message = "hosted_vllm has nobody to ask without apiBase"
        yield Violation(keys, message, "write apiBase: http://host:port/v1", about=ADDRESS)
    elif not url and provider in at_localhost and not variables.get(at_localhost[provider]):
        message = f"without apiBase {provider} is asked at localhost, which is the pod itself"
        yield Violation(keys, message, "write apiBase: http://host:port", about=ADDRESS)


def _form(keys: Keys, url: str, *, v1: bool, loopback: bool) -> Iterator[Violation]:
    """v1: the address of an API, which ends in a version; loopback: localhost is right there."""
    parts = split(url)
    if parts is None:
        yield Violation(keys, f'"{url}" is no address', "write http://host:port, the port up to 65535")
    elif parts.scheme not in ("http", "https") or not parts.hostname:
        yield Violation(keys, f'"{url}" has no http:// or https://', f"write http://{url.rpartition('://')[2]}")
    elif is_broken(parts.hostname):
        yield Violation(keys, f"{parts.hostname} is no address", "write four numbers up to 255, or the machine's name")
    elif parts.hostname in LOOPBACK and not loopback:
        yield Violation(keys, f"{parts.hostname} is the pod itself", "write the machine's name or address")
    elif v1 and not VERSIONED.search(parts.path):
        severity: Severity | None = "warning" if parts.path.strip("/") else None
        fix = f"write {parts.scheme}://{parts.netloc}/v1"
        yield Violation(keys, f'"{url}" does not end in /v1', fix, severity=severity)
    elif parts.username or parts.password:
        yield Violation(keys, "the address holds a password", "put it in a Secret: apiKeySecret")


@rule("routes/dead-route")
def dead_route(view: RenderView) -> Iterator[Violation]:
    """A finding for each route to a name of the release that is no Service, or not with that port."""
    services = {service["metadata"]["name"]: service for service in view.manifests.of_kind("Service")}
    for keys, address in _asked(view):
        view.count("routes")
        name = service_of(address, view.namespace)
        if name in services and keys[:2] == ("litellm", "models") and name == f"{view.release}-litellm":
            message = "LiteLLM would ask itself, round and round"
            yield Violation(keys, message, "write the address of the model's server")
        elif name in services:
            ports = [port["port"] for port in services[name]["spec"]["ports"]]
            if (port := port_of(address)) not in ports:
                yield Violation(keys, f"Service {name} has no port {port}", f"write {', '.join(map(str, ports))}")
        elif name.startswith(f"{view.release}-"):
            yield Violation(keys, f"the release has no Service {name}", f"it has: {', '.join(sorted(services))}")


def _asked(view: RenderView) -> Iterator[tuple[Keys, str]]:
    """Each address that is asked for something, with where it was written; the chart's own are at the component."""
    for route in gateway(view).routes:
        yield ("litellm", "models", route.entry, "apiBase") if route.entry else ("litellm",), route.api_base
    yield from ((keys, view.get(*keys)) for keys in (GATEWAY_URL, COMFYUI_URL))


@rule("routes/page-address")
def page_address(view: RenderView) -> Iterator[Violation]:
    """A finding for an Ingress or a Service of another name, and for a url that is no origin; warnings for the rest."""
    for page in programs(view):
        if page.program == "openwebui":
            view.count("addresses of the page")
            yield from _told_address(view, page)
            yield from _login_elsewhere(page)


def _told_address(view: RenderView, page: ProgramContainer) -> Iterator[Violation]:
    """Where the page is told that it is, and where browsers find it."""
    origins = str(page.env.get("CORS_ALLOW_ORIGIN", "")).split(";")
    url, ingress = view.get(*URL), view.get("openwebui", "ingress")
    host = ingress["host"] if ingress["enabled"] else ""
    told = [host_of(origin) for origin in origins]
    variable = page.env_key("CORS_ALLOW_ORIGIN")
    keys = variable if view.given(*variable) else URL
    if host and "*" not in origins and host.lower() not in told and "://" not in host:
        scheme = "https" if ingress["tlsSecret"] or url.startswith("https") else "http"
        message = f"the page is told that it is at {origins[0]}, and its Ingress is at {host}"
        if not host.startswith("*"):
            yield Violation(keys, message, f"write {scheme}://{host}")
    elif not page.env.get("WEBUI_URL") and keys == URL and view.get("openwebui", "service", "type") in OPEN:
        message = f"the page is told that it is at {origins[0]}, and its Service is open to the network"
        yield Violation(URL, message, "write the address that browsers will show, such as http://chat.lan:30080")
    elif url and keys == URL and (parts := split(url)) and parts.path:
        message = "a browser names the page without what follows the host, and this is compared to the letter"
        yield Violation(URL, message, f"write {parts.scheme}://{parts.netloc}")
    elif ingress["enabled"] and ingress["tlsSecret"] and url.startswith("http://"):
        message = "the Ingress has a certificate, and this is http://"
        yield Violation(URL, message, f"write https://{host}", severity="warning")


def _login_elsewhere(page: ProgramContainer) -> Iterator[Violation]:
    """A login by OAuth, which sends browsers back to the page's address."""
    name = next((name for name in OAUTH if str(page.env.get(name, "")).lower() not in OFF), "")
    if name and not page.env.get("WEBUI_URL"):
        message = f"{name} comes back to the page's address, and openwebui.url is not given"
        yield Violation(page.env_key(name), message, "give openwebui.url", severity="warning")
