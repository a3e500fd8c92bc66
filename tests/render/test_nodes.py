"""Nodes of every kind run every program: the accelerator decides the image and the device, the access decides the rest."""

import pytest

from ai_server.errors import UserError
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, container, env, flag, models

PC = "gpu: {models: {coder: {file: gguf/coder.gguf}}, nodes: {pc: {}}}"
EVERY = "{vllm: {enabled: true, model: hf/small}, comfyui: {enabled: true}, speech: {enabled: true, models: {tts: {}}}}"


@pytest.mark.parametrize(
    ("accelerator", "tag", "device"),
    [
        ("cuda", "server-cuda-b11434", "CUDA0"),
        ("rocm", "server-rocm-b11434", "ROCm0"),
        ("vulkan", "server-vulkan-b11434", "Vulkan0"),
        ("sycl", "server-intel-b11434", "SYCL0"),
        ("cpu", "server-b11434", "none"),
    ],
)
def test_the_accelerator_selects_the_build_and_the_device(
    rendered: Rendered, accelerator: str, tag: str, device: str
) -> None:
    manifests = rendered(PC, at("gpu.accelerator", accelerator, "gpu.renderGroup", 991))
    server = container(manifests, "ai-server-gpu-pc", "llama-server")
    assert server["image"] == f"ghcr.io/ggml-org/llama.cpp:{tag}"
    assert flag(server, "--device") == device


def test_cuda_13_has_its_own_image(rendered: Rendered) -> None:
    server = container(rendered(PC, "gpu: {cudaVersion: 13}"), "ai-server-gpu-pc", "llama-server")
    assert server["image"].endswith(":server-cuda13-b11434")


@pytest.mark.parametrize(
    ("accelerator", "resource"), [("cuda", "nvidia.com/gpu"), ("rocm", "amd.com/gpu"), ("sycl", "gpu.intel.com/xe")]
)
def test_a_pod_requests_the_gpu_of_its_accelerator(rendered: Rendered, accelerator: str, resource: str) -> None:
    manifests = rendered(PC, at("gpu.accelerator", accelerator, "gpu.renderGroup", 991, "gpu.gpuCount", 2))
    assert container(manifests, "ai-server-gpu-pc", "llama-server")["resources"]["limits"] == {resource: 2}


def test_a_node_without_a_gpu_requests_none_and_has_no_device_check(rendered: Rendered) -> None:
    pod = rendered(PC, "gpu: {accelerator: cpu}").pod("ai-server-gpu-pc")
    assert [found["name"] for found in pod.containers()] == ["llama-server"]
    assert "limits" not in container(rendered(PC, "gpu: {accelerator: cpu}"), pod.name, "llama-server")["resources"]


OPEN = {
    "type": "LoadBalancer",
    "nodePort": 30800,
    "loadBalancerClass": "tailscale",
    "loadBalancerIP": "192.168.1.40",
    "externalTrafficPolicy": "Local",
}


@pytest.mark.parametrize("program", ["", "vllm", "comfyui", "speech"])
def test_the_service_of_each_program_can_be_opened_and_no_other_is(rendered: Rendered, program: str) -> None:
    path = ("gpu", "nodes", "pc", *filter(None, [program]), "service")
    opened = at(path, OPEN | {"annotations": {"example.com/pool": "lan"}})
    services = rendered(PC, f"gpu: {{nodes: {{pc: {EVERY}}}}}", opened).of_kind("Service")
    of_node = {service["metadata"]["name"]: service for service in services if "-gpu-" in service["metadata"]["name"]}
    service = of_node.pop("-".join(filter(None, ["ai-server-gpu-pc", program])))
    assert {**service["spec"], **service["spec"]["ports"][0]}.items() >= OPEN.items()
    assert service["metadata"]["annotations"] == {"example.com/pool": "lan"}
    assert [other["spec"]["type"] for other in of_node.values()] == ["ClusterIP"] * 3


def test_a_node_has_the_service_of_its_component_unless_it_has_its_own(rendered: Rendered) -> None:
    own = "gpu: {service: {type: NodePort}, nodes: {other: {service: {type: ClusterIP}}}}"
    manifests = rendered(PC, own)
    assert manifests.get("Service", "ai-server-gpu-pc")["spec"]["type"] == "NodePort"
    assert manifests.get("Service", "ai-server-gpu-other")["spec"]["type"] == "ClusterIP"


def test_with_a_runtime_class_all_programs_share_the_gpu_by_environment(rendered: Rendered) -> None:
    manifests = rendered(PC, at("gpu.gpuAccess", "runtimeClass"), f"gpu: {{nodes: {{pc: {EVERY}}}}}")
    visible = {
        name: env(container(manifests, "ai-server-gpu-pc", name)).get("NVIDIA_VISIBLE_DEVICES")
        for name in ("llama-server", "vllm", "comfyui", "speech")
    }
    assert visible == {"llama-server": "all", "vllm": "all", "comfyui": "all", "speech": "void"}


def test_without_a_device_plugin_each_program_that_uses_an_amd_gpu_is_privileged(rendered: Rendered) -> None:
    manifests = rendered(ROCM, at("rocm.gpuAccess", "privileged"), f"rocm: {{nodes: {{halo: {EVERY}}}}}")
    privileged = {
        found["name"]
        for found in manifests.pod("ai-server-rocm-halo").containers()
        if found["securityContext"].get("privileged")
    }
    assert privileged == {"device-check", "llama-server", "vllm", "comfyui"}


def test_a_node_serves_models_of_any_catalogue(rendered: Rendered) -> None:
    manifests = rendered(ROCM, PC, "gpu: {nodes: {pc: {serve: [chat]}, other: {}}}")
    served = {entry["model_info"]["id"] for entry in models(manifests)}
    assert served == {"rocm-halo-chat", "gpu-pc-chat", "gpu-other-coder"}
    assert flag(container(manifests, "ai-server-gpu-pc", "llama-server"), "--model") == "/data/ai-models/gguf/chat.gguf"


def test_a_thor_runs_llama_cpp_beside_vllm(rendered: Rendered) -> None:
    thor = "thor: {models: {chat: {file: gguf/chat.gguf}}, nodes: {thor: {llamacpp: {enabled: true}, vllm: {model: hf/small}, comfyui: {enabled: false}, speech: {enabled: false}}}}"
    manifests = rendered(thor)
    assert [found["name"] for found in manifests.pod("ai-server-thor-thor").containers(init=False)] == [
        "llama-server",
        "vllm",
    ]
    assert {entry["model_info"]["id"] for entry in models(manifests)} == {"thor-thor-chat", "thor-thor-small"}


def test_separate_pods_select_only_their_own(rendered: Rendered) -> None:
    manifests = rendered(ROCM, f"rocm: {{pods: separate, nodes: {{halo: {EVERY}}}}}")
    for program in ("llamacpp", "vllm", "comfyui", "speech"):
        pod = manifests.pod(f"ai-server-rocm-halo-{program}")
        selected = manifests.labelled(pod.owner["spec"]["selector"]["matchLabels"])
        assert [other.name for other in selected] == [pod.name]


@pytest.mark.parametrize(
    ("component", "entry", "expected"),
    [
        ("{backend: vulkan}", "{}", "vulkan"),
        ("{accelerator: vulkan}", "{backend: rocm}", "rocm"),
        ("{backend: vulkan}", "{accelerator: rocm}", "rocm"),
        ("{accelerator: vulkan, backend: rocm}", "{}", "vulkan"),
    ],
)
def test_a_nodes_own_accelerator_or_backend_wins(rendered: Rendered, component: str, entry: str, expected: str) -> None:
    manifests = rendered(ROCM, f"rocm: {component}", f"rocm: {{nodes: {{halo: {entry}}}}}")
    server = container(manifests, "ai-server-rocm-halo", "llama-server")
    assert server["image"].endswith(f":server-{expected}-b11434")


def test_two_programs_of_one_pod_need_different_ports(rendered: Rendered) -> None:
    with pytest.raises(UserError, match=r"gpu.nodes.pc.vllm.port: .*programs/port-taken"):
        rendered(PC, f"gpu: {{port: 8000, nodes: {{pc: {EVERY}}}}}")


@pytest.mark.parametrize(
    ("kind", "main"),
    [
        ("rocm", "/default-comfyui-bundle/ComfyUI/main.py"),
        ("gpu", "/default-comfyui-bundle/ComfyUI/main.py"),
        ("thor", "main.py"),
    ],
)
def test_comfyui_is_started_where_the_image_of_the_hardware_has_it(rendered: Rendered, kind: str, main: str) -> None:
    only = {name: {"enabled": name == "comfyui"} for name in ("llamacpp", "vllm", "comfyui", "speech")}
    found = rendered(ROCM, at(f"{kind}.nodes.pc", only))
    assert container(found, f"ai-server-{kind}-pc", "comfyui")["command"][-1] == main
