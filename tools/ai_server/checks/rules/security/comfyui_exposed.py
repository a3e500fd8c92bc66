"""ComfyUI where others can reach it."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.addresses import host_of, is_public
from ai_server.checks.subjects.running import running
from ai_server.kube.manifests import Manifests, identity
from ai_server.reading.profiles import Keys

RULE = Rule(
    "ComfyUI where others can reach it, or with code from others",
    why="ComfyUI has no login, and its Manager installs any code that a visitor names (CVE-2025-67303). It is for the"
    " chat page only; other origins, other ports and the Manager make it a door.",
    wrong="thor:\n  comfyui: {extraArgs: [--enable-manager]}",
    right="thor:\n  comfyui: {extraArgs: [--disable-all-custom-nodes]}",
)
FLAGS = ("--enable-manager", "--enable-cors-header", "--enable-manager-legacy-ui", "--multi-user")


def check(context: Context) -> Iterator[Found]:
    """A finding for each such flag, for each way from outside that leads to ComfyUI, and for a public comfyuiUrl."""
    manifests = context.manifests or Manifests()
    for each in running(context):
        if each.program != "comfyui":
            continue
        context.count("ComfyUI")
        for flag, _ in each.flags:
            if each.canonical(flag) in FLAGS:
                yield Found(each.argument_key(flag), f"{flag} opens ComfyUI to code or pages of others", "take it out")
        for name, value in each.env.items():
            if isinstance(value, dict) and ("secretKeyRef" in value) and context.given(*each.env_key(name)):
                message = f"{name} is a secret, and ComfyUI runs code from others"
                yield Found(each.env_key(name), message, "take it out: put what it downloads on the node")
        for port in each.container.get("ports") or []:
            if "hostPort" in port:
                yield Found(each.key("port"), "ComfyUI would listen on the node itself", "take hostPort out")
    for service in manifests.of_kind("Service"):
        behind = [container["name"] for pod in manifests.selected_by(service) for container in pod.containers()]
        ports = {port.get("targetPort") for port in service["spec"]["ports"]}
        if "comfyui" in behind and "comfyui" in ports and service["spec"].get("type", "ClusterIP") != "ClusterIP":
            message = f"{identity(service)} opens ComfyUI to the network"
            yield Found(origin(service), message, "leave it ClusterIP: the chat page reaches it")
    yield from _extra(context)
    url = context.get("openwebui", "images", "comfyuiUrl") or ""
    if context.get("openwebui", "enabled") and is_public(url):
        message = f"ComfyUI asks nobody who they are, and {host_of(url)} is a public name"
        yield Found(("openwebui", "images", "comfyuiUrl"), message, "write its name or address in the house")


def _extra(context: Context) -> Iterator[Found]:
    """Extra containers that forward to ComfyUI's port from the node."""
    for pod in context.manifests.running() if context.manifests else []:
        if not any(container["name"] == "comfyui" for container in pod.containers()):
            continue
        for container in pod.containers():
            if any("hostPort" in port for port in container.get("ports") or []) and container["name"] != "comfyui":
                keys: Keys = context.setting(origin(pod.owner), "pod", "extraContainers")
                message = f"{container['name']} opens a port of the node in ComfyUI's pod"
                yield Found(keys, message, "reach it through a Service")
