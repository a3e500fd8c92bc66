"""Addresses that exist only on one machine, or only in Docker: a pod finds neither."""

import re
from collections.abc import Iterator

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.hosts import OF_BROWSERS
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.addresses import host_of, port_of
from ai_server.reading.profiles import Keys

DOCKER = re.compile(
    r"""(?:^|[;,="'])\s*(?:[a-z][a-z0-9+]*://(?:[^\s/@]*@)?)?"""
    r"""((?:host|gateway)\.docker\.internal|docker\.for\.(?:mac|win)\.\w+|host\.containers\.internal)"""
    r"""(?=(?::\d+)?(?:/[^\s;,"']*)?\s*(?:$|[;,"']))"""
)
"""An address with one of the machine's names in Docker Desktop or Podman, alone or in a list; not within a sentence."""
LOOPBACK = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?=[:/;,]|$)[^\s;,]*")
EXAMPLE = "192.168.1.20"


@rule("routes/local-address")
def local_address(view: RenderView) -> Iterator[Violation]:
    """Looks for Docker's names in every value, and for localhost in the variables of programs."""
    written = [(keys, value) for keys, value in leaves(view.values.values) if isinstance(value, str)]
    defined = {value for keys, value in written if "hostnames" in keys}
    for keys, value in written:
        name = next((name for name in DOCKER.findall(value) if name not in defined), "")
        if name and keys not in view.at_secrets and not OF_BROWSERS.search(str(keys[-1])):
            message = f"{name} is a name that only Docker and Podman have: no pod finds it"
            yield Violation(keys, message, _fix(keys, value, name))
    for server in programs(view):
        yield from _at_loopback(server)


def _at_loopback(server: ProgramContainer) -> Iterator[Violation]:
    """The variables that name the pod itself at a port where no container of the pod listens."""
    if any(not container.own for container in server.pod.containers):
        return  # a custom container may listen at any port
    ports = {port["containerPort"] for container in server.pod.containers for port in container.ports}
    for name, value in server.env.items():
        keys = server.env_key(name)
        if not isinstance(value, str) or not server.view.given(*keys) or keys in server.view.at_secrets:
            continue
        if OF_BROWSERS.search(name):
            continue
        url = next((url[0] for url in LOOPBACK.finditer(value) if port_of(url[0]) not in ports), "")
        if url:
            message = f"{host_of(url)} is the pod itself, where nothing listens on port {port_of(url)}"
            yield Violation(keys, message, _fix(keys, value, host_of(url)))


def _fix(keys: Keys, value: str, host: str) -> str:
    """The address in its form in the network; for an Ollama of the page also where the chart has it."""
    right = value.replace(host, EXAMPLE) if len(value) <= 80 and "\n" not in value else EXAMPLE
    fix = f"use the machine's name or address, such as {right}"
    if str(keys[-1]).startswith("OLLAMA_") and keys[0] == "openwebui":
        base = re.sub(r"/v1/?$", "", next(url for url in right.split(";") if EXAMPLE in url))
        model = f"{{model: ollama_chat/NAME, apiBase: {base}}}"
        return f"{fix}; to offer its models in the API as well, remove it and add each to litellm.models: {model}"
    return fix
