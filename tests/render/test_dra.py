"""gpuAccess: dra claims the GPU of a node once, for all of its programs."""

from typing import Any

import pytest

from ai_server.errors import UserError
from ai_server.kube.manifests import Manifests
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR, container, env

EVERY = "{vllm: {enabled: true, model: hf/small}, comfyui: {enabled: true}, speech: {enabled: true, models: {tts: {}}}}"
DRA = {"rocm": {"gpuAccess": "dra", "renderGroup": 0}}
HALO = "ai-server-rocm-halo"
PC = "gpu: {gpuAccess: dra, models: {coder: {file: gguf/coder.gguf}}, nodes: {pc: {}}}"
POOL = "rocm: {nodes: {halo: {selector: {gpu: halo}}}}"


def request(manifests: Manifests, kind: str = "ResourceClaim") -> dict[str, Any]:
    [item] = manifests.of_kind(kind)
    spec = item["spec"]["spec"] if kind == "ResourceClaimTemplate" else item["spec"]
    found: list[dict[str, Any]] = spec["devices"]["requests"]
    assert len(found) == 1
    return found[0]


def claiming(manifests: Manifests, workload: str) -> set[str]:
    return {
        found["name"]
        for found in manifests.pod(workload).containers()
        if found.get("resources", {}).get("claims") == [{"name": "gpu"}]
    }


@pytest.mark.parametrize(
    ("accelerator", "device_class"),
    [("rocm", "gpu.amd.com"), ("vulkan", "gpu.amd.com"), ("cuda", "gpu.nvidia.com"), ("sycl", "gpu.intel.com")],
)
def test_the_claim_is_for_the_class_of_the_accelerator(rendered: Rendered, accelerator: str, device_class: str) -> None:
    manifests = rendered(PC, at("gpu.accelerator", accelerator, "gpu.gpuCount", 2))
    assert request(manifests) == {"name": "gpu", "exactly": {"deviceClassName": device_class, "count": 2}}


def test_a_device_class_of_ones_own_takes_precedence(rendered: Rendered) -> None:
    manifests = rendered(PC, at("gpu.gpuDeviceClass", "gpu.example.com"))
    assert request(manifests)["exactly"]["deviceClassName"] == "gpu.example.com"


def test_all_programs_that_use_the_gpu_share_the_claim_without_privileges(rendered: Rendered) -> None:
    manifests = rendered(ROCM, DRA, f"rocm: {{nodes: {{halo: {EVERY}}}}}")
    assert claiming(manifests, HALO) == {"device-check", "llama-server", "vllm", "comfyui"}
    containers = manifests.pod(HALO).containers()
    assert [found["name"] for found in containers if found["securityContext"].get("privileged")] == []
    assert [found["name"] for found in containers if "limits" in found.get("resources", {})] == []


def test_separate_pods_of_a_node_refer_to_the_same_claim(rendered: Rendered) -> None:
    manifests = rendered(ROCM, DRA, f"rocm: {{pods: separate, nodes: {{halo: {EVERY}}}}}")
    [claim] = manifests.of_kind("ResourceClaim")
    gpu = [{"name": "gpu", "resourceClaimName": claim["metadata"]["name"]}]
    pods = {program: manifests.pod(f"{HALO}-{program}") for program in ("llamacpp", "vllm", "comfyui", "speech")}
    assert [pods[program].spec["resourceClaims"] for program in ("llamacpp", "vllm", "comfyui")] == [gpu, gpu, gpu]
    assert "resourceClaims" not in pods["speech"].spec


def test_each_pod_of_a_pool_gets_a_claim_from_the_template(rendered: Rendered) -> None:
    manifests = rendered(ROCM, DRA, POOL)
    [template] = manifests.of_kind("ResourceClaimTemplate")
    gpu = {"name": "gpu", "resourceClaimTemplateName": template["metadata"]["name"]}
    assert manifests.pod(HALO).spec["resourceClaims"] == [gpu]
    assert request(manifests, "ResourceClaimTemplate")["exactly"]["count"] == 1
    assert manifests.of_kind("ResourceClaim") == []


def test_another_request_is_another_claim_because_a_claim_cannot_be_changed(rendered: Rendered) -> None:
    changes: tuple[dict[str, Any], ...] = (
        {},
        at("rocm.gpuCount", 2),
        at("rocm.gpuDeviceClass", "other.amd.com"),
        at("rocm.port", 9000),
    )
    one, more, other, same = (
        rendered(ROCM, DRA, change).of_kind("ResourceClaim")[0]["metadata"]["name"] for change in changes
    )
    assert len({one, more, other}) == 3
    assert one == same


def test_the_nvidia_runtime_adds_no_gpu_to_those_of_the_claim(rendered: Rendered) -> None:
    manifests = rendered(THOR, at("thor.gpuAccess", "dra"))
    seen = {name: env(container(manifests, "ai-server-thor-thor", name)) for name in ("vllm", "comfyui", "speech")}
    assert {variables["NVIDIA_VISIBLE_DEVICES"] for variables in seen.values()} == {"void"}
    assert [name for name, variables in seen.items() if "NVIDIA_DRIVER_CAPABILITIES" in variables] == []


@pytest.mark.parametrize("access", ["devicePlugin", "privileged"])
def test_other_ways_to_the_gpu_claim_nothing(rendered: Rendered, access: str) -> None:
    manifests = rendered(ROCM, at("rocm.gpuAccess", access, "rocm.gpuDeviceClass", "gpu.amd.com"))
    assert manifests.of_kind("ResourceClaim") == []
    assert claiming(manifests, HALO) == set()


def test_a_node_without_a_gpu_claims_none(rendered: Rendered) -> None:
    manifests = rendered(PC, at("gpu.accelerator", "cpu"))
    assert manifests.of_kind("ResourceClaim") == []
    assert "resourceClaims" not in manifests.pod("ai-server-gpu-pc").spec


def test_kubernetes_before_1_34_is_refused(rendered: Rendered) -> None:
    with pytest.raises(UserError, match=r"rocm.nodes.halo.gpuAccess: dra needs Kubernetes 1.34.*cluster/no-dra"):
        rendered(ROCM, DRA, kube_version="1.33.9")
    assert rendered(ROCM, DRA, kube_version="1.34.0").of_kind("ResourceClaim") != []


def test_programs_of_a_pool_are_refused_in_separate_pods_unless_only_one_uses_the_gpu(rendered: Rendered) -> None:
    with_speech = "rocm: {pods: separate, nodes: {halo: {speech: {enabled: true, models: {tts: {}}}}}}"
    assert len(rendered(ROCM, DRA, POOL, with_speech).of_kind("ResourceClaimTemplate")) == 1
    with pytest.raises(UserError, match=r"rocm.nodes.halo.pods: .*programs/unshared-claim"):
        rendered(ROCM, DRA, POOL, with_speech, "rocm: {comfyui: {enabled: true}}")


def test_vulkan_may_use_the_devices_of_any_vendor(rendered: Rendered) -> None:
    manifests = rendered(PC, at("gpu.accelerator", "vulkan", "gpu.gpuDeviceClass", "gpu.intel.com"))
    assert request(manifests)["exactly"]["deviceClassName"] == "gpu.intel.com"
    with pytest.raises(UserError, match=r"gpu.nodes.pc.gpuDeviceClass: .*programs/other-vendors-gpu"):
        rendered(PC, at("gpu.accelerator", "rocm", "gpu.gpuDeviceClass", "gpu.intel.com"))
