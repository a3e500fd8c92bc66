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
    """How llama-server runs on a node. Every key can be given again in a node entry."""

    backend: Literal["rocm", "vulkan"] = "rocm"
    """rocm or vulkan: which build of llama.cpp, and with it which devices."""
    image: Image = Image(repository="ghcr.io/ggml-org/llama.cpp")
    """llama-server's image; with an empty tag it is server-<backend>-b<build>."""
    # Why 11434: its source is on PyPI, and the flags are read from it (ci/flags/llama_build.py). Its router evicts no
    # model that is in use or was just asked for (llama.cpp#26572, #29217); #28604 keeps answers right on gfx1151; its
    # attention runs on the GPU with any two cache types but iq4_nl. A build's images are tagged once all are there.
    build: Annotated[int, within(1, 999_999, "a build number of llama.cpp, such as 11434")] = 11434
    """The llama.cpp build number, which decides its flags; a tag with -b<number> in it wins over it."""
    command: list[str] = []
    """The program, for images without an entrypoint: [llama-server]."""
    port: Port = 8080
    """--port, and the Service's."""
    gpu_access: Literal["devicePlugin", "privileged"] = "devicePlugin"
    """devicePlugin asks AMD's device plugin for a GPU; privileged needs no plugin and sees all devices."""
    gpu_resource: str = "amd.com/gpu"
    """The device plugin's resource."""
    gpu_count: Annotated[int, within(1, 64, "a pod without a GPU would run on the CPU")] = 1
    """GPUs that llama-server uses, ROCm0 first; with devicePlugin also how many the pod asks for."""
    render_group: Annotated[int, within(0, 2_147_483_647, "the number of a group on the node")] = 0
    """The number of the node's render group: `stat -c %g /dev/dri/renderD128`. Without it llama.cpp runs on the
    CPU and says nothing, so it must be given."""
    device_check: bool = True
    """An init container that stops the pod when the GPU's devices cannot be opened; needs sh in the image."""
    models_path: AbsolutePath = ""
    """The folder with the model files on this node; "" is global.modelsPath."""
    models_max: Annotated[int, within(0, 1000, "models in memory; 0 is no limit")] = 2
    """--models-max: with several models on a node, how many are in memory at a time; 0 is no limit."""
    startup_seconds: StartupSeconds = 1800
    """How long loading may take before the pod is restarted."""
    progress_deadline_seconds: DeadlineSeconds = 3600
    """How long a roll-out may take; the ROCm image is over 20 GB."""
    server: LlamaServer = LlamaServer()
    """How each model is run."""
    security_context: SecurityContext = {"runAsUser": 1000, "runAsGroup": 1000}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "2", "memory": "16Gi"})
    """Requests and limits. The memory request should be what the node's models take on the GPU and beside it."""
    pod: PodOverrides = Pod(
        tolerations=[{"key": "rocm-inference", "operator": "Equal", "value": "true", "effect": "NoSchedule"}]
    )
    """What its pods carry, over global.pod."""


class RocmNode(RocmSettings):
    """A node, or a pool of equal nodes, that runs llama-server."""

    enabled: bool = True
    """false takes the entry away."""
    node: str = ""
    """The node's name (kubernetes.io/hostname); "" is the entry's key."""
    selector: dict[str, str] = {}
    """Labels of a pool: one pod on each such node, all behind one Service, which spreads connections."""
    serve: list[ModelName] = []
    """Names of the models it serves; without this key, the whole catalogue."""
    overrides: dict[ModelName, LlamaModel] = {}
    """What is different for a model on this node."""


class Rocm(RocmSettings, Component):
    """llama.cpp on AMD Strix Halo nodes."""

    models: dict[ModelName, LlamaModel] = {}
    """The catalogue: what each model is, by the name that the API knows it by."""
    nodes: dict[EntryName, RocmNode] = {}
    """Who serves it: an entry a node or pool, by a name of your choice."""
