"""llama.cpp on AMD Strix Halo nodes."""

from typing import Annotated, Literal

from ai_server.values.base import (
    AbsolutePath,
    DeadlineSeconds,
    EntryName,
    ModelName,
    Port,
    SecurityContext,
    StartupSeconds,
    within,
)
from ai_server.values.llamacpp import LlamaModel, LlamaServer
from ai_server.values.shared import (
    Component,
    ContainerSettings,
    Image,
    Pod,
    PodOverrides,
    ResourceRequirements,
)


class RocmSettings(ContainerSettings):
    """How llama-server runs on a node. A node entry can override every key."""

    backend: Literal["rocm", "vulkan"] = "rocm"
    """rocm or vulkan: selects the build of llama.cpp, and with it the devices that the pod needs."""
    image: Image = Image(repository="ghcr.io/ggml-org/llama.cpp")
    """Container image of llama-server; if the tag is empty, server-<backend>-b<build>."""
    # Why 11434: its source is on PyPI, and the flags are read from it (ci/flags/llama_build.py). Its router does not
    # evict a model that is in use or was just requested (llama.cpp#26572, #29217); #28604 keeps answers right on
    # gfx1151; its attention runs on the GPU with any two cache types except iq4_nl. A build's images are tagged only
    # after all of them are built.
    build: Annotated[int, within(1, 999_999, "a build number of llama.cpp, such as 11434")] = 11434
    """Build number of llama.cpp, which determines the flags; -b<number> in the image's tag wins over it."""
    command: list[str] = []
    """Program to start; if empty, the image's own entrypoint. Set [llama-server] for images without one."""
    port: Port = 8080
    """--port: the port of llama-server and of its Service."""
    gpu_access: Literal["devicePlugin", "privileged"] = "devicePlugin"
    """devicePlugin requests a GPU from AMD's device plugin; privileged needs no plugin and can access all devices."""
    gpu_resource: str = "amd.com/gpu"
    """Resource name of the device plugin."""
    gpu_count: Annotated[int, within(1, 64, "a pod without a GPU would run on the CPU")] = 1
    """Number of GPUs that llama-server uses, from ROCm0 up; with devicePlugin also the number that the pod requests."""
    render_group: Annotated[int, within(0, 2_147_483_647, "the number of a group on the node")] = 0
    """Number of the node's render group: `stat -c %g /dev/dri/renderD128`. Required: without it llama.cpp silently
    falls back to the CPU."""
    device_check: bool = True
    """Adds an init container that stops the pod if the GPU's devices cannot be opened; needs sh in the image."""
    models_path: AbsolutePath = ""
    """Folder with the model files on this node; if empty, global.modelsPath."""
    models_max: Annotated[int, within(0, 1000, "models in memory; 0 is no limit")] = 2
    """--models-max: with several models on a node, how many are in memory at a time; 0 means no limit."""
    startup_seconds: StartupSeconds = 1800
    """How long loading may take before the container is restarted."""
    progress_deadline_seconds: DeadlineSeconds = 3600
    """How long a roll-out may take; the ROCm image is larger than 20 GB."""
    server: LlamaServer = LlamaServer()
    """How llama-server runs each model, unless the model or the node overrides it."""
    security_context: SecurityContext = {"runAsUser": 1000, "runAsGroup": 1000}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "2", "memory": "16Gi"})
    """Resource requests and limits. The memory request should cover what the node's models need, including GPU
    memory."""
    pod: PodOverrides = Pod(
        tolerations=[{"key": "rocm-inference", "operator": "Equal", "value": "true", "effect": "NoSchedule"}]
    )
    """Settings of the pods, merged over global.pod."""


class RocmNode(RocmSettings):
    """A node, or a pool of identical nodes, that runs llama-server."""

    enabled: bool = True
    """false removes the entry."""
    node: str = ""
    """Name of the node (kubernetes.io/hostname); if empty, the key of the entry."""
    selector: dict[str, str] = {}
    """Labels of a pool: one pod on each node that has them, all behind one Service, which spreads connections."""
    serve: list[ModelName] = []
    """Names of the models that the node serves; without this key, the complete catalogue."""
    overrides: dict[ModelName, LlamaModel] = {}
    """Settings of a model that differ on this node."""


class Rocm(RocmSettings, Component):
    """llama.cpp on AMD Strix Halo nodes."""

    models: dict[ModelName, LlamaModel] = {}
    """The catalogue: a description of each model, by its name in the API."""
    nodes: dict[EntryName, RocmNode] = {}
    """The nodes that serve the catalogue: one entry per node or pool, by a name of your choice."""
