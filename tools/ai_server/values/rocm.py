"""AMD nodes: by default llama.cpp on Strix Halo."""

from typing import Literal

from ai_server.values.base import EntryName, SecurityContext
from ai_server.values.nodes import Accelerator, Catalogue, GpuAccess, NodeEntry, NodeSettings
from ai_server.values.programs import Comfyui, Speech, Vllm
from ai_server.values.shared import Image, Pod, PodOverrides, ResourceRequirements


class RocmSettings(NodeSettings):
    """How to use an AMD node. A node entry can override every key. Keys that belong to no program are llama.cpp's."""

    backend: Literal["rocm", "vulkan"] = "rocm"
    """The accelerator, if that key is empty: rocm or vulkan."""
    accelerator: Accelerator | Literal[""] = ""
    """What llama.cpp computes on: rocm, vulkan or cpu; if empty, backend. It selects the build, the device and the way
    that a pod gets it."""
    gpu_access: GpuAccess = "devicePlugin"
    """devicePlugin requests a GPU from AMD's device plugin; privileged needs no plugin and can access all devices; dra
    claims a GPU from AMD's driver for Dynamic Resource Allocation, and needs no renderGroup."""
    vllm: Vllm = Vllm(enabled=False, image=Image(repository="docker.io/vllm/vllm-openai-rocm", tag="v0.30.0"))
    """vLLM: one language model in a folder of safetensors. On Strix Halo it is experimental."""
    # its authors also push rocm7-<date> (YanWenKun/ComfyUI-Docker, .github/workflows/build-rocm7.yml, read 2026-11-26);
    # no source lists the dates
    comfyui: Comfyui = Comfyui(
        enabled=False,
        image=Image(repository="docker.io/yanwk/comfyui-boot", tag="rocm7"),
        # the image's own entrypoint copies this folder to /root first: rocm7/Dockerfile of YanWenKun/ComfyUI-Docker
        command=["python3", "/default-comfyui-bundle/ComfyUI/main.py"],
        disable_mmap=True,
        bf16_vae=True,
    )
    """Image generation. The tag rocm7 is rebuilt twice a week: to keep one image, set its digest, or a tag with a date,
    rocm7-YYYYMMDD."""
    speech: Speech = Speech(enabled=False)
    """Speech to text and text to speech."""
    security_context: SecurityContext = {"runAsUser": 1000, "runAsGroup": 1000}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "2", "memory": "16Gi"})
    """Resource requests and limits. The memory request should cover what the node's models need, including GPU
    memory."""
    pod: PodOverrides = Pod(
        tolerations=[{"key": "rocm-inference", "operator": "Equal", "value": "true", "effect": "NoSchedule"}]
    )
    """Settings of the pods, merged over global.pod."""


class RocmNode(RocmSettings, NodeEntry):
    """An AMD node, or a pool of identical ones."""


class Rocm(RocmSettings, Catalogue):
    """AMD nodes: by default llama.cpp on Strix Halo."""

    nodes: dict[EntryName, RocmNode] = {}
    """The AMD nodes: one entry per node or pool, by a name of your choice."""
