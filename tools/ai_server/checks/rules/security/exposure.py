"""What is exposed to the outside, and what is sent there."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.gpus import privileged
from ai_server.checks.subjects.hosts import forwarded_to_api
from ai_server.checks.subjects.pods import ObjectSubject, objects
from ai_server.checks.subjects.private_names import is_public
from ai_server.checks.subjects.programs import ProgramContainer, programs, variables_of
from ai_server.checks.subjects.providers import has_key
from ai_server.kube.addresses import host_of
from ai_server.kube.manifests import folder
from ai_server.reading.profiles import Keys

BACKENDS = {
    "llama-server": "its key is all that protects it",
    "vllm": "its key protects /v1 and not /invocations, which answers as well",
    "speech": "its key is all that protects it, and it lets clients download and delete models",
}
"""The programs of nodes that ask for a key, and what that leaves open."""
WANTS_KEY = "require_auth_for_metrics_endpoint"


@rule("security/key-in-the-clear")
def key_in_the_clear(view: RenderView) -> Iterator[Violation]:
    """Looks at every public address that a key is sent to."""
    for keys, url in _sent_to(view):
        if url.lower().startswith("http://") and is_public(view, url):
            yield Violation(keys, f"the key goes to {host_of(url)} unencrypted", "use https://")


def _sent_to(view: RenderView) -> Iterator[tuple[Keys, str]]:
    """The addresses that a key is sent to, each with its key in the values."""
    models, variables = view.get("litellm", "models"), variables_of(view, "litellm")
    for route in gateway(view).routes:
        if route.entry and has_key(models[route.entry], route, variables):
            yield ("litellm", "models", route.entry, "apiBase"), models[route.entry].get("apiBase", "")
    yield ("openwebui", "gatewayUrl"), view.get("openwebui", "gatewayUrl")


@rule("security/comfyui-exposed")
def comfyui_exposed(view: RenderView) -> Iterator[Violation]:
    """Looks at secrets in ComfyUI, at its ports and Services, and at comfyuiUrl."""
    for comfyui in programs(view, "comfyui"):
        yield from _secrets(view, comfyui)
        yield from _node_ports(comfyui)
    yield from _exposed_services(view)
    url = view.get("openwebui", "images", "comfyuiUrl")
    if view.get("openwebui", "enabled") and is_public(view, url):
        message = f"ComfyUI has no login, and {host_of(url)} is a public name"
        yield Violation(("openwebui", "images", "comfyuiUrl"), message, "use its private name or address")


def _secrets(view: RenderView, comfyui: ProgramContainer) -> Iterator[Violation]:
    """Secrets in the variables of ComfyUI's container."""
    for name, value in comfyui.env.items():
        if isinstance(value, dict) and "secretKeyRef" in value and view.given(*comfyui.env_key(name)):
            message = f"{name} is a secret, and ComfyUI runs third-party code"
            yield Violation(
                comfyui.env_key(name), message, "remove it, and put the files that it downloads on the node"
            )

    for index, source in enumerate(comfyui.container.get("envFrom") or []):
        if "secretRef" in source:
            message = f"Secret {source['secretRef'].get('name', '')} would be open to ComfyUI's third-party code"
            yield Violation(comfyui.written("envFrom", index), message).remove()


def _node_ports(comfyui: ProgramContainer) -> Iterator[Violation]:
    """Extra containers in ComfyUI's pod with a port of the node, which may forward to it."""
    for container in comfyui.pod.containers:
        if any("hostPort" in port for port in container.ports):
            message = f"{container.name} opens a port of the node in ComfyUI's pod"
            yield Violation(container.key, message, "use a Service instead")


@rule("security/backend-exposed")
def backend_exposed(view: RenderView) -> Iterator[Violation]:
    """Looks at the Services of the other programs of nodes."""
    for service, container in _open_services(view):
        if container in BACKENDS:
            bypass = "which bypasses LiteLLM's keys, limits and log"
            message = f"the network reaches {container} directly, {bypass}: {BACKENDS[container]}"
            yield Violation(service.written("spec", "type"), message, at=service.identity)


def _exposed_services(view: RenderView) -> Iterator[Violation]:
    for service, container in _open_services(view):
        if container == "comfyui":
            fix = "use ClusterIP: the chat page can still reach it"
            yield Violation(service.written("spec", "type"), "the network reaches ComfyUI", fix, at=service.identity)


def _open_services(view: RenderView) -> Iterator[tuple[ObjectSubject, str]]:
    """The Services that the network reaches, each with the name of every container behind its ports."""
    for service in objects(view, "Service"):
        if service.spec.get("type", "ClusterIP") in ("NodePort", "LoadBalancer"):
            targets = {port.get("targetPort", port.get("port")) for port in service.spec.get("ports") or []}
            for pod in view.manifests.selected_by(service.object):
                for container in pod.containers(init=False):
                    ports = container.get("ports") or []
                    if any(targets & {port.get("name"), port["containerPort"]} for port in ports):
                        yield service, container["name"]


@rule("security/custom-nodes")
def custom_nodes(view: RenderView) -> Iterator[Violation]:
    """Looks for mounts of ComfyUI that have custom nodes."""
    for comfyui in programs(view, "comfyui"):
        for index, mount in enumerate(comfyui.mounts):
            if folder(mount).endswith("/custom_nodes"):
                # such a container may open every device of the node, its disks among them
                reach = "every device of the node" if privileged([comfyui.container]) else "the GPU"
                message = f"ComfyUI runs all code in this folder, with access to {reach}, the network and all pictures"
                keys = comfyui.written("volumeMounts", index)
                yield Violation(keys, message, "use only code that you have read, and waive this", at=comfyui.name)


@rule("security/public-metrics")
def public_metrics(view: RenderView) -> Iterator[Violation]:
    """Looks for a host that forwards LiteLLM's metrics, which need no key."""
    host = forwarded_to_api(view, "/metrics")
    if host and view.get("litellm", "metrics") and not view.get("litellm", "litellmSettings", WANTS_KEY):
        message = f"{host} forwards /metrics, which needs no key and lists models and users"
        yield Violation(("litellm", "publicPaths"), message)
