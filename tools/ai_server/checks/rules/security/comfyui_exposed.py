"""ComfyUI where others can reach it."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.addresses import host_of, is_public
from ai_server.checks.subjects.running import running
from ai_server.kube.manifests import Manifests, identity
from ai_server.reading.profiles import Keys

FLAGS = ("--enable-manager", "--enable-cors-header", "--enable-manager-legacy-ui", "--multi-user")


@rule("security/comfyui-exposed")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such flag, for each way from outside that leads to ComfyUI, and for a public comfyuiUrl."""
    manifests = view.manifests or Manifests()
    for each in running(view):
        if each.program != "comfyui":
            continue
        view.count("ComfyUI")
        for flag, _ in each.flags:
            if each.canonical(flag) in FLAGS:
                yield Violation(
                    each.argument_key(flag), f"{flag} opens ComfyUI to code or pages of others", "take it out"
                )
        for name, value in each.env.items():
            if isinstance(value, dict) and ("secretKeyRef" in value) and view.given(*each.env_key(name)):
                message = f"{name} is a secret, and ComfyUI runs code from others"
                yield Violation(each.env_key(name), message, "take it out: put what it downloads on the node")
        for port in each.container.get("ports") or []:
            if "hostPort" in port:
                yield Violation(each.key("port"), "ComfyUI would listen on the node itself", "take hostPort out")
    for service in manifests.of_kind("Service"):
        behind = [container["name"] for pod in manifests.selected_by(service) for container in pod.containers()]
        ports = {port.get("targetPort") for port in service["spec"]["ports"]}
        if "comfyui" in behind and "comfyui" in ports and service["spec"].get("type", "ClusterIP") != "ClusterIP":
            message = f"{identity(service)} opens ComfyUI to the network"
            yield Violation(origin(service), message, "leave it ClusterIP: the chat page reaches it")
    yield from _extra(view)
    url = view.get("openwebui", "images", "comfyuiUrl") or ""
    if view.get("openwebui", "enabled") and is_public(url):
        message = f"ComfyUI asks nobody who they are, and {host_of(url)} is a public name"
        yield Violation(("openwebui", "images", "comfyuiUrl"), message, "write its name or address in the house")


def _extra(view: RenderView) -> Iterator[Violation]:
    """Extra containers that forward to ComfyUI's port from the node."""
    for pod in view.manifests.running():
        if not any(container["name"] == "comfyui" for container in pod.containers()):
            continue
        for container in pod.containers():
            if any("hostPort" in port for port in container.get("ports") or []) and container["name"] != "comfyui":
                keys: Keys = view.setting(origin(pod.owner), "pod", "extraContainers")
                message = f"{container['name']} opens a port of the node in ComfyUI's pod"
                yield Violation(keys, message, "reach it through a Service")
