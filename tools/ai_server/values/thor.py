"""Jetson AGX Thor nodes: by default vLLM, ComfyUI and speech in one pod on one GPU."""

from ai_server.values.base import EntryName, SecurityContext
from ai_server.values.nodes import Accelerator, Catalogue, CudaVersion, GpuAccess, NodeEntry, NodeSettings
from ai_server.values.programs import Comfyui, Llamacpp, Speech, Vllm
from ai_server.values.shared import Pod, PodOverrides, ResourceRequirements


class ThorSettings(NodeSettings):
    """How to use a Thor node. A node entry can override every key. Keys that belong to no program are llama.cpp's."""

    accelerator: Accelerator = "cuda"
    """What llama.cpp computes on: cuda or cpu. It selects the build and the device."""
    gpu_access: GpuAccess = "runtimeClass"
    """runtimeClass shares the GPU through pod.runtimeClassName and NVIDIA_VISIBLE_DEVICES; devicePlugin requests
    gpuResource for each container, which needs time-slicing; dra claims the GPU for all of them."""
    cuda_version: CudaVersion = 13
    """CUDA version of llama.cpp's image: Thor needs 13."""
    llamacpp: Llamacpp = Llamacpp(enabled=False)
    """llama.cpp: language models in GGUF files, next to vLLM or in its place."""
    vllm: Vllm = Vllm()
    """The language model."""
    comfyui: Comfyui = Comfyui(disable_mmap=True)
    """Image generation."""
    speech: Speech = Speech()
    """Speech to text and text to speech."""
    security_context: SecurityContext = {"runAsUser": 1000, "runAsGroup": 1000}
    """Kubernetes' SecurityContext of llama-server, merged over global.container.securityContext."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "2", "memory": "16Gi"})
    """Resource requests and limits of llama-server. The memory request should cover what its models need."""
    pod: PodOverrides = Pod(
        tolerations=[{"key": "cuda-inference", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
        runtime_class_name="nvidia",
    )
    """Settings of the pods, merged over global.pod."""


class ThorNode(ThorSettings, NodeEntry):
    """A Thor node, or a pool of identical ones."""


class Thor(ThorSettings, Catalogue):
    """Jetson AGX Thor nodes: by default vLLM, ComfyUI and speech in one pod on one GPU."""

    create_runtime_class: bool = False
    """true creates the RuntimeClass nvidia, which k3s already has."""
    nodes: dict[EntryName, ThorNode] = {}
    """The Thor nodes: one entry per node or pool, by a name of your choice."""
