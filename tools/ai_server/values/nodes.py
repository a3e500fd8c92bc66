"""A node, or a pool of identical nodes, and the programs that run on it: one shape for every kind of hardware."""

from typing import Annotated, Literal

from ai_server.values.base import (
    DeadlineSeconds,
    ModelName,
    ModelsPath,
    Port,
    Quantity,
    Section,
    StartupSeconds,
    SubPath,
    VolumeSource,
    within,
)
from ai_server.values.exposure import BackendService
from ai_server.values.llamacpp import LlamaModel, LlamaServer
from ai_server.values.programs import Comfyui, Llamacpp, Speech, Vllm
from ai_server.values.shared import Component, ContainerSettings, Image, Pod, PodOverrides

Accelerator = Literal["rocm", "vulkan", "cuda", "sycl", "cpu"]
GpuAccess = Literal["devicePlugin", "privileged", "runtimeClass", "dra"]
CudaVersion = Literal[12, 13]


class NodeSettings(ContainerSettings):
    """How to use a node. A node entry can override every key. Keys that belong to no program are llama.cpp's."""

    gpu_access: GpuAccess = "devicePlugin"
    """devicePlugin requests a GPU from the vendor's device plugin; privileged needs no plugin and can access all
    devices; runtimeClass shares NVIDIA GPUs through pod.runtimeClassName and NVIDIA_VISIBLE_DEVICES; dra claims a GPU
    from the vendor's driver for Dynamic Resource Allocation, and all programs of the node share it."""
    gpu_resource: str = ""
    """Resource name of the device plugin; if empty, the usual one of the accelerator, such as amd.com/gpu."""
    gpu_device_class: str = ""
    """With dra, the DeviceClass of the claim; if empty, the usual one of the accelerator, such as gpu.amd.com."""
    gpu_count: Annotated[int, within(1, 64, "a pod without a GPU would run on the CPU")] = 1
    """Number of GPUs that llama-server uses, from ROCm0 or CUDA0 up; with devicePlugin and dra also the number that the
    pod requests."""
    visible_devices: str = "all"
    """NVIDIA_VISIBLE_DEVICES: with runtimeClass, the GPUs that the containers can access."""
    driver_capabilities: str = "compute,utility"
    """NVIDIA_DRIVER_CAPABILITIES: driver libraries for the containers; ComfyUI's video nodes also need video."""
    render_group: Annotated[
        int,
        within(
            0,
            2_147_483_647,
            "the number of a group on the node",
            ask="the number that `stat -c %g /dev/dri/renderD128` prints on the node",
        ),
    ] = 0
    """Number of the node's render group: `stat -c %g /dev/dri/renderD128`. AMD and Intel GPUs need it, except
    with dra: without it llama.cpp silently falls back to the CPU."""
    device_check: bool = True
    """Adds an init container that stops the pod if llama-server cannot use the GPU; needs sh in the image."""
    memory_check: bool = True
    """Adds an init container that stops a pod whose models, caches and memory requests need more memory than the node
    has available, because programs that share the memory with the GPU would hang the machine."""
    pods: Literal["together", "separate"] = "together"
    """together runs the programs of a node in one pod; separate gives each its own pod."""
    models_path: ModelsPath = ""
    """Folder with the model files on this node; if empty, global.modelsPath."""
    models_volume: VolumeSource = {}
    """Volume with the model files in place of that folder, mounted at modelsPath. It replaces the volume of a more
    general section completely; if empty, that one, or the folder."""
    models_sub_path: SubPath = ""
    """Folder of modelsVolume to mount; if empty, that of the section that sets the volume."""
    folders_image: Image = Image(repository="docker.io/library/busybox", tag="1.37.0")
    """Image of the init containers that create the writable folders on the node and check its memory; without
    memoryCheck it is unused if ComfyUI is off and vllm.cachePath is ""."""
    shm_size: Quantity = ""
    """Size of llama-server's /dev/shm, which counts as memory of the pod; if empty, the container runtime's 64 MiB."""
    progress_deadline_seconds: DeadlineSeconds = 3600
    """How long a roll-out may take; GPU images are larger than 20 GB."""
    image: Image = Image(repository="ghcr.io/ggml-org/llama.cpp")
    """Container image of llama-server; if the tag is empty, the one of the accelerator and the build, such as
    server-rocm-b11434."""
    # Why 11434: its source is on PyPI, and the flags are read from it (ci/flags/llama_build.py). Its router does not
    # evict a model that is in use or was just requested (llama.cpp#26572, #29217); #28604 keeps answers right on
    # gfx1151; its attention runs on the GPU with any two cache types except iq4_nl. A build's images are tagged only
    # after all of them are built.
    build: Annotated[int, within(1, 999_999, "a build number of llama.cpp, such as 11434")] = 11434
    """Build number of llama.cpp, which determines the flags; -b<number> in the image's tag wins over it. Set it for an
    image whose tag has none: `llama-server --version` prints it."""
    cuda_version: CudaVersion = 12
    """CUDA version of llama.cpp's image. 13 needs a newer driver; DGX Spark and Jetson Thor need it."""
    command: list[str] = []
    """Program to start; if empty, the image's own entrypoint. Set [llama-server] for images without one."""
    port: Port = 8080
    """--port: the port of llama-server and of its Service."""
    service: BackendService = BackendService()
    """The Service of llama-server. LiteLLM reaches it inside the cluster; with another type, clients can bypass
    LiteLLM's keys, limits and log."""
    metrics: bool = True
    """--metrics: metrics of llama-server for Prometheus at /metrics, behind the key BACKEND_API_KEY; see
    docs/metrics.md."""
    models_max: Annotated[int, within(0, 1000, "models in memory; 0 is no limit")] = 2
    """--models-max: with several models on a node, how many are in memory at a time; 0 means no limit."""
    startup_seconds: StartupSeconds = 1800
    """How long loading may take before the container is restarted."""
    server: LlamaServer = LlamaServer()
    """How llama-server runs each model, unless the model or the node overrides it."""
    llamacpp: Llamacpp = Llamacpp()
    """llama.cpp: language models in GGUF files."""
    vllm: Vllm = Vllm(enabled=False)
    """vLLM: one language model in a folder of safetensors."""
    comfyui: Comfyui = Comfyui(enabled=False)
    """Image generation."""
    speech: Speech = Speech(enabled=False)
    """Speech to text and text to speech."""
    pod: PodOverrides = Pod()
    """Settings of the pods, merged over global.pod."""


class NodeEntry(Section):
    """A node, or a pool of identical nodes."""

    enabled: bool = True
    """false removes the entry."""
    node: str = ""
    """Name of the node (kubernetes.io/hostname); if empty, the key of the entry."""
    selector: dict[str, str] = {}
    """Labels of a pool: pods on each node that has them, behind one Service per program, which spreads connections."""
    serve: list[ModelName] = []
    """Names of the models that llama.cpp serves on the node, from any catalogue; without this key, the component's
    complete catalogue."""
    overrides: dict[ModelName, LlamaModel] = {}
    """Settings of a model that differ on this node."""


class Catalogue(Component):
    """A component with nodes, and a catalogue of models for them."""

    models: dict[ModelName, LlamaModel] = {}
    """The catalogue of llama.cpp: a description of each model, by its name in the API."""
