"""Any other node: NVIDIA cards, DGX Spark, Intel and AMD cards, or no GPU at all; by default llama.cpp."""

from ai_server.values.base import EntryName, SecurityContext
from ai_server.values.nodes import Accelerator, Catalogue, NodeEntry, NodeSettings
from ai_server.values.programs import Comfyui, Vllm
from ai_server.values.shared import Image, ResourceRequirements


class GpuSettings(NodeSettings):
    """How to use a node. A node entry can override every key. Keys that belong to no program are llama.cpp's."""

    accelerator: Accelerator = "cuda"
    """What llama.cpp computes on: cuda, rocm, vulkan, sycl or cpu. It selects the build, the device and the resource
    that a pod requests."""
    memory_check: bool = False
    """Adds an init container that stops a pod whose models, caches and memory requests need more memory than the node
    has available. Set it for a DGX Spark, whose processor and GPU share the memory; a card has its own."""
    # a card has 8 to 96 GB, so no size of a KV cache suits all; vLLM takes what the weights leave
    vllm: Vllm = Vllm(
        enabled=False,
        kv_cache_memory="",
        gpu_memory_utilization=0.9,
        resources=ResourceRequirements(requests={"cpu": "2", "memory": "16Gi"}),
    )
    """vLLM: one language model in a folder of safetensors, on a card with memory of its own. DGX Spark, whose processor
    and GPU share the memory, needs kvCacheMemory (for example 16Gi) and a memory request that includes the weights."""
    # no image with a version in its tag is known for PCs; the entrypoint copies this folder to /root first
    comfyui: Comfyui = Comfyui(
        enabled=False,
        image=Image(repository="docker.io/yanwk/comfyui-boot", tag="cu130-slim-v2"),
        command=["python3.13", "/default-comfyui-bundle/ComfyUI/main.py"],
    )
    """Image generation. The image is for amd64 and NVIDIA drivers with CUDA 13. DGX Spark (arm64) and AMD cards need
    another one, with command: [python3, main.py] or what starts ComfyUI there."""
    security_context: SecurityContext = {"runAsUser": 1000, "runAsGroup": 1000}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "2", "memory": "8Gi"})
    """Resource requests and limits. The memory request should cover what the node's models need in the memory of the
    machine: all of them with unified memory or without a GPU, little with a card."""


class GpuNode(GpuSettings, NodeEntry):
    """A node, or a pool of identical ones."""


class Gpu(GpuSettings, Catalogue):
    """Any other node: NVIDIA cards, DGX Spark, Intel and AMD cards, or no GPU at all; by default llama.cpp."""

    nodes: dict[EntryName, GpuNode] = {}
    """The nodes: one entry per node or pool, by a name of your choice."""
