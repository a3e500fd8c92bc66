"""The addresses where LiteLLM, the chat page and browsers find each other."""

import re
from collections.abc import Iterator
from typing import Any

from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.hosts import hosts
from ai_server.checks.subjects.programs import ProgramContainer, programs, variables_of
from ai_server.checks.subjects.providers import providers
from ai_server.kube.addresses import VERSIONED, host_of, is_broken, port_of, service_of, split
from ai_server.reading.profiles import Keys

NAME = re.compile(r"[\w.*-]+")
"""The characters of a host name: kubernetes/ingress-host reports another one."""
LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
ADDRESS = frozenset({"apiBase", "params"})
"""The keys of a model's entry that may hold its address."""
URL: Keys = ("openwebui", "url")
GATEWAY_URL: Keys = ("openwebui", "gatewayUrl")
COMFYUI_URL: Keys = ("openwebui", "images", "comfyuiUrl")
OPEN = ("NodePort", "LoadBalancer")


@rule("routes/api-base")
def address_form(view: RenderView) -> Iterator[Violation]:
    """Looks at the addresses of external models, the gateway, the page and ComfyUI."""
    for name, model in view.get("litellm", "models").items():
        if model.get("enabled") is not False and model.get("model"):
            found = _address_of_model(("litellm", "models", name), model, variables_of(view, "litellm"))
            yield from (violation for violation in found if violation.keys not in view.at_secrets)
    for keys in (GATEWAY_URL, URL, COMFYUI_URL):
        url = view.get(*keys)
        if url and keys not in view.at_secrets:
            of_page = [host for host in hosts(view) if host.component == "openwebui"] if keys == URL else []
            scheme = "https" if any(host.tls for host in of_page) else "http"
            yield from _form(keys, url, v1=keys == GATEWAY_URL, loopback=keys == URL, scheme=scheme)


def _address_of_model(keys: Keys, model: dict[str, Any], variables: dict[str, Any]) -> Iterator[Violation]:
    provider, in_params = model["model"].partition("/")[0], (model.get("params") or {}).get("api_base")
    at_localhost = providers()["at_localhost"]
    url = in_params or model.get("apiBase", "")
    if url and not str(url).startswith("os.environ/"):
        url_keys = (*keys, "params", "api_base") if in_params else (*keys, "apiBase")
        yield from _form(url_keys, url, v1=provider in ("hosted_vllm", "openai"), loopback=False)
        if provider in providers()["own paths"] and VERSIONED.search(str(url)):
            right = VERSIONED.sub("", str(url))
            yield Violation(url_keys, f"{provider} adds its own path to the address: {url} would answer 404").use(right)
    elif not url and provider == "hosted_vllm" and not variables.get("HOSTED_VLLM_API_BASE"):
        message = "hosted_vllm has no server without apiBase"
        yield Violation(keys, message, "set apiBase: http://host:port/v1", about=ADDRESS)
    elif not url and provider in at_localhost and not variables.get(at_localhost[provider]):
        message = f"without apiBase requests to {provider} go to localhost, which is the pod itself"
        yield Violation(keys, message, "set apiBase: http://host:port", about=ADDRESS)


def _form(keys: Keys, url: str, *, v1: bool, loopback: bool, scheme: str = "http") -> Iterator[Violation]:
    """v1: the address of an API, which ends in a version; loopback: localhost is allowed; scheme: what is missing."""
    parts = split(url)
    if parts is None:
        yield Violation(keys, f'"{url}" is not a valid address', "use http://host:port, with a port up to 65535")
    elif parts.scheme not in ("http", "https") or not parts.hostname:
        right = f"{scheme}://{url.rpartition('//')[2].rstrip('/')}"
        end = "/v1" if v1 and not VERSIONED.search(right) else ""
        host = split(right)
        if host and host.hostname in LOOPBACK and not loopback:
            yield Violation(keys, f"{host.hostname} is the pod itself", f"use {_of_a_machine(host.port, v1)}")
        else:
            yield Violation(keys, f'"{url}" has no http:// or https://').use(f"{right}{end}", certain=False)
    elif is_broken(parts.hostname):
        yield Violation(
            keys, f"{parts.hostname} is not a valid address", "use four numbers up to 255, or the machine's name"
        )
    elif parts.hostname in LOOPBACK and not loopback:
        yield Violation(keys, f"{parts.hostname} is the pod itself", f"use {_of_a_machine(parts.port, v1)}")
    elif v1 and not VERSIONED.search(parts.path):
        severity: Severity | None = "warning" if parts.path.strip("/") else None
        fix = f"use {parts.scheme}://{parts.netloc}/v1"
        yield Violation(keys, f'"{url}" does not end in /v1', fix, severity=severity)
    elif parts.username:
        message = "the address contains a name, which the program does not send as a key"
        yield Violation(keys, message, "use apiKeySecret")


def _of_a_machine(port: int | None, v1: bool) -> str:
    """The form of an address in the network, with the port of one that is only valid on the machine itself."""
    at_port = f":{port}" if port else ""
    return f"the machine's name or address, such as http://192.168.1.20{at_port}{'/v1' if v1 else ''}"


@rule("routes/dead-route")
def dead_route(view: RenderView) -> Iterator[Violation]:
    """Looks for the Service and the port of each route inside the release."""
    services = {service["metadata"]["name"]: service for service in view.manifests.of_kind("Service")}
    for keys, address in _targets(view):
        name = service_of(address, view.namespace)
        if name in services and keys[:2] == ("litellm", "models") and name == f"{view.release}-litellm":
            message = "LiteLLM would send the request to itself, in a loop"
            yield Violation(keys, message, "use the address of the model's server")
        elif name in services:
            ports = [port["port"] for port in services[name]["spec"].get("ports") or []]
            if ports and (port := port_of(address)) not in ports:
                violation = Violation(keys, f"Service {name} has no port {port}", f"use {', '.join(map(str, ports))}")
                right = str(view.get(*keys)).replace(f":{port}", f":{ports[0]}")
                alone = len(ports) == 1 and right != view.get(*keys)
                yield violation.use(right, certain=False) if alone else violation
            elif address.startswith("https://"):
                message = f"Service {name} speaks plain http inside the cluster; only an Ingress has a certificate"
                yield Violation(keys, message).use(f"http://{address.removeprefix('https://')}")
        elif name.startswith(f"{view.release}-"):
            yield Violation(keys, f"the release has no Service {name}", f"it has: {', '.join(sorted(services))}")


def _targets(view: RenderView) -> Iterator[tuple[Keys, str]]:
    """Each address that requests go to, with its key; the chart's own have that of the component."""
    for route in gateway(view).routes:
        yield ("litellm", "models", route.entry, "apiBase") if route.entry else ("litellm",), route.api_base
    yield from ((keys, view.get(*keys)) for keys in (GATEWAY_URL, COMFYUI_URL))


@rule("routes/page-address")
def page_address(view: RenderView) -> Iterator[Violation]:
    """Compares the configured address of the page with the one that browsers use."""
    for page in programs(view, "openwebui"):
        yield from _configured_address(view, page)


def _configured_address(view: RenderView, page: ProgramContainer) -> Iterator[Violation]:
    """An error for an address that browsers do not use, and for a url that is not an origin."""
    url, origins = view.get(*URL), str(page.env.get("CORS_ALLOW_ORIGIN", "")).split(";")
    if url and not url.startswith(("http://", "https://")):
        return  # routes/api-base reports it
    allowed = {host_of(origin) for origin in origins}
    variable = page.env_key("CORS_ALLOW_ORIGIN")
    keys = variable if view.given(*variable) else URL
    of_page = [host for host in hosts(view) if host.component == "openwebui" and host.name]
    foreign = [host for host in of_page if host.name.lower() not in allowed and NAME.fullmatch(host.name)]
    if keys == variable:  # routes/page-origins reports that the page's own address is missing there
        foreign = [host for host in foreign if host.name.lower() != host_of(str(page.env.get("WEBUI_URL")))]
    if foreign and "*" not in origins:
        host = foreign[0]
        scheme = "https" if url.startswith("https") else host.scheme
        message = f"the page expects requests at {origins[0]}, but its Ingress is at {host.name}"
        if not host.name.startswith("*"):
            yield Violation(keys, message, f"use {scheme}://{host.name}")
    elif not page.env.get("WEBUI_URL") and keys == URL and view.get("openwebui", "service", "type") in OPEN:
        message = f"the page expects requests at {origins[0]}, but its Service is open to the network"
        yield Violation(
            URL, message, f"use the address that browsers show, such as http://chat.lan{_port_of_page(view)}"
        )
    elif url and keys == URL and (parts := split(url)) and parts.path:
        message = "browsers send the origin without a path, and it must match exactly"
        yield Violation(URL, message, f"use {parts.scheme}://{parts.netloc}")
    elif url.startswith("http://") and any(host.tls and host.name.lower() == host_of(url) for host in of_page):
        message = "the Ingress has a certificate, but this address is http://"
        yield Violation(URL, message, f"use https://{host_of(url)}", severity="warning")


def _port_of_page(view: RenderView) -> str:
    """The port of the page for the network; if nodePort is not set, Kubernetes chooses one."""
    service = view.get("openwebui", "service")
    port = service["port"] if service["type"] == "LoadBalancer" else service["nodePort"]
    return ":30080 with nodePort: 30080" if not port else "" if port == 80 else f":{port}"
