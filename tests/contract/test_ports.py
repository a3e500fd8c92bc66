"""A program is asked to listen on the port that its container, its Service and its probes name."""

from collections.abc import Iterator

import pytest

from ai_server.kube.manifests import Manifests, Object
from tests.conftest import PROFILES
from tests.contract.conftest import of_profile

DEFAULTS = {"openwebui": "8080", "litellm": "4000", "vllm": "8000", "speech": "8000", "comfyui": "8188"}


def port_asked(container: Object) -> str:
    """The port in a container's arguments or variables, else the program's own."""
    words = [*(container.get("command") or []), *(container.get("args") or [])]
    for word, after in zip(words, [*words[1:], ""], strict=False):
        if word == "--port" or word.startswith("--port="):
            return word.partition("=")[2] or after
    variables = {item["name"]: item.get("value", "") for item in container.get("env") or []}
    for name in ("UVICORN_PORT", "PORT"):
        if name in variables:
            return str(variables[name])
    return DEFAULTS.get(container["name"], "")


def disagreements(manifests: Manifests) -> Iterator[str]:
    """Containers, probes and Services that name another port than the program is asked to listen on."""
    for pod in manifests.running():
        for container in pod.containers(init=False):
            ports = {port["name"]: str(port["containerPort"]) for port in container.get("ports") or []}
            if ports and set(ports.values()) != {port_asked(container)}:
                yield f"{pod.name}: {container['name']} listens on {port_asked(container)}, not {ports}"
            probes = [container[key]["httpGet"] for key in container if key.endswith("Probe")]
            yield from (f"{pod.name}: no port {probe['port']}" for probe in probes if probe["port"] not in ports)
    for service in manifests.of_kind("Service"):
        pods = manifests.selected_by(service)
        for port in service["spec"]["ports"]:
            listening = [
                item["name"] for pod in pods for container in pod.containers() for item in container.get("ports") or []
            ]
            if port.get("targetPort") not in listening:
                yield f"{service['metadata']['name']}: no port {port.get('targetPort')}"


@pytest.mark.parametrize("profile_name", PROFILES)
def test_every_port_is_the_one_that_the_program_listens_on(profile_name: str) -> None:
    assert list(disagreements(of_profile(profile_name))) == []


def test_another_port_is_seen() -> None:
    manifests = of_profile("homelab")
    [pod] = [pod for pod in manifests.running() if pod.name == "ai-server-rocm-aimax"]
    [container] = list(pod.containers(init=False))
    container["args"][container["args"].index("--port") + 1] = "9931"
    container["livenessProbe"]["httpGet"]["port"] = "other"
    found = list(disagreements(manifests))
    assert [text.partition(": ")[2][:20] for text in found] == ["llama-server listens", "no port other"]
