"""What is reached from outside the house, and what goes there."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import env, gateway
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.checks.subjects.providers import has_key
from ai_server.kube.addresses import host_of, is_public
from ai_server.kube.manifests import identity
from ai_server.reading.profiles import Keys


@rule("security/key-in-the-clear")
def key_in_the_clear(view: RenderView) -> Iterator[Violation]:
    """A finding for each http:// address outside the house that a key is sent to."""
    for keys, url in _sent_to(view):
        if url.lower().startswith("http://") and is_public(url):
            yield Violation(keys, f"the key goes to {host_of(url)} unencrypted", "write https://")


def _sent_to(view: RenderView) -> Iterator[tuple[Keys, str]]:
    """The addresses that a key is sent to, each with where it was written."""
    models, variables = view.get("litellm", "models"), env(view)
    for route in gateway(view).routes:
        if route.entry:
            view.count("addresses outside")
            if has_key(models[route.entry], route, variables):
                yield ("litellm", "models", route.entry, "apiBase"), models[route.entry].get("apiBase", "")
    yield ("openwebui", "gatewayUrl"), view.get("openwebui", "gatewayUrl")


@rule("security/comfyui-exposed")
def comfyui_exposed(view: RenderView) -> Iterator[Violation]:
    """A finding for each setting that opens ComfyUI, for each way from outside that leads to it, and for a public
    comfyuiUrl.
    """
    for comfyui in programs(view):
        if comfyui.program == "comfyui":
            view.count("ComfyUI")
            yield from _opened(view, comfyui)
            yield from _ports_beside(view, comfyui)
    yield from _open_services(view)
    url = view.get("openwebui", "images", "comfyuiUrl")
    if view.get("openwebui", "enabled") and is_public(url):
        message = f"ComfyUI asks nobody who they are, and {host_of(url)} is a public name"
        yield Violation(("openwebui", "images", "comfyuiUrl"), message, "write its name or address in the house")


def _opened(view: RenderView, comfyui: ProgramContainer) -> Iterator[Violation]:
    """Secrets of ComfyUI's own container."""
    for name, value in comfyui.env.items():
        if isinstance(value, dict) and "secretKeyRef" in value and view.given(*comfyui.env_key(name)):
            message = f"{name} is a secret, and ComfyUI runs code from others"
            yield Violation(comfyui.env_key(name), message, "take it out: put what it downloads on the node")


def _ports_beside(view: RenderView, comfyui: ProgramContainer) -> Iterator[Violation]:
    """Extra containers of ComfyUI's pod that forward to its port from the node."""
    for container in comfyui.pod.containers():
        if any("hostPort" in port for port in container.get("ports") or []):
            keys = view.setting(origin(comfyui.pod.owner), "pod", "extraContainers")
            message = f"{container['name']} opens a port of the node in ComfyUI's pod"
            yield Violation(keys, message, "reach it through a Service")


def _open_services(view: RenderView) -> Iterator[Violation]:
    for service in view.manifests.of_kind("Service"):
        behind = [container["name"] for pod in view.manifests.selected_by(service) for container in pod.containers()]
        ports = {port.get("targetPort") for port in service["spec"]["ports"]}
        if "comfyui" in behind and "comfyui" in ports and service["spec"].get("type", "ClusterIP") != "ClusterIP":
            message = f"{identity(service)} opens ComfyUI to the network"
            yield Violation(origin(service), message, "leave it ClusterIP: the chat page reaches it")
