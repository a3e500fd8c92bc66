"""vLLM, ComfyUI and a speech server on Jetson AGX Thor nodes, sharing one GPU."""

from typing import Annotated, Literal

from ai_server.values.base import (
    YEAR,
    AbsolutePath,
    AtLeastOne,
    DeadlineSeconds,
    EntryName,
    EnvName,
    ModelName,
    Port,
    Quantity,
    RelativePath,
    Section,
    SecurityContext,
    StartupSeconds,
    Tokens,
    within,
)
from ai_server.values.shared import (
    Component,
    ContainerSettings,
    Image,
    Pod,
    PodOverrides,
    ResourceRequirements,
)


class Program(ContainerSettings):
    """One program of a Thor node."""

    enabled: bool = True
    """Whether it runs."""
    image: Image = Image()
    """Its image."""
    command: list[str] = []
    """The program; [] is the image's own entrypoint."""
    port: Port = 8000
    """The port it listens on, and its Service's; the programs of one pod need different ones."""
    health_path: str = "/health"
    """The path that answers 200 when it is ready."""
    startup_seconds: StartupSeconds = 1800
    """How long loading may take before it is restarted."""


class Vllm(Program):
    """vLLM: the language model."""

    image: Image = Image(repository="docker.io/vllm/vllm-openai", tag="v0.30.0")
    """Its image; needs arm64 and a CUDA no newer than the node's driver."""
    command: list[str] = ["vllm", "serve"]
    """The program; given, because images differ in their entrypoint."""
    model: RelativePath = ""
    """The model's folder below global.modelsPath."""
    served_names: list[ModelName] = []
    """--served-model-name: the names that the API knows it by; [] is the folder's name."""
    mode: Literal["chat", "completion", "embedding", "rerank"] = "chat"
    """What the model is asked for: chat, completion, embedding or rerank."""
    max_model_len: Tokens = 16384
    """--max-model-len: tokens of context a request may have; 0 takes the model's own."""
    max_num_seqs: AtLeastOne = 16
    """--max-num-seqs: requests answered at the same time."""
    kv_cache_memory: Quantity = "16Gi"
    """--kv-cache-memory-bytes: the KV cache's size, so that start order does not matter. OR "" with
    gpuMemoryUtilization."""
    gpu_memory_utilization: Annotated[float, within(0, 1, "a share of the whole memory")] = 0.5
    """--gpu-memory-utilization: the share of the whole unified memory, with kvCacheMemory: "". Beside a size in bytes
    it would only say how much must be free when vLLM starts, and the chart asks for little."""
    kv_cache_dtype: str = "auto"
    """--kv-cache-dtype: auto, fp8, ..."""
    dtype: str = "auto"
    """--dtype: auto, bfloat16, ..."""
    enforce_eager: bool = False
    """--enforce-eager: no CUDA graphs: less memory, slower."""
    enable_prefix_caching: bool = True
    """--enable-prefix-caching: prompts that begin alike are computed once."""
    tool_call_parser: str = ""
    """--tool-call-parser, with --enable-auto-tool-choice; "" is off."""
    reasoning_parser: str = ""
    """--reasoning-parser; "" is off."""
    shm_size: Quantity = "4Gi"
    """The size of /dev/shm; counts as memory of the pod."""
    security_context: SecurityContext = {"runAsUser": 2000, "runAsGroup": 0}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    cache_path: AbsolutePath = "/var/lib/ai-server/vllm"
    """A folder on the node for compiled kernels, so that a restart is quick; "" keeps them with the pod."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "2", "memory": "48Gi"})
    """Requests and limits. The memory request should be weights, KV cache and 4 to 6 GiB."""


class Comfyui(Program):
    """ComfyUI: images. It has no authentication and runs foreign code: it gets no secret."""

    image: Image = Image(repository="docker.io/cmooreio/comfyui-thor", tag="v0.28.0")
    """Its image; there is no official one."""
    command: list[str] = ["python3", "main.py"]
    """The program, in the image's working directory."""
    port: Port = 8188
    """--port, and its Service's."""
    health_path: str = "/system_stats"
    """The path that answers 200 when it is ready."""
    models_folder: RelativePath = "comfyui"
    """The folder below global.modelsPath that holds its model folders."""
    model_folders: dict[str, str] = {
        "checkpoints": "checkpoints",
        "clip_vision": "clip_vision",
        "controlnet": "controlnet",
        "diffusion_models": "diffusion_models",
        "embeddings": "embeddings",
        "loras": "loras",
        "text_encoders": "text_encoders",
        "upscale_models": "upscale_models",
        "vae": "vae",
    }
    """extra_model_paths.yaml: the kind of model and its folder below modelsFolder."""
    security_context: SecurityContext = {"runAsUser": 1000, "runAsGroup": 0}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    data_path: AbsolutePath = "/var/lib/ai-server/comfyui"
    """A folder on the node for inputs, outputs, temporary and user files; "" keeps them with the pod."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "1", "memory": "24Gi"})
    """Requests and limits. The memory request should be the largest workflow's peak."""


class SpeechModel(Section):
    """A speech model, and what it is asked for."""

    enabled: bool = True
    """false takes the model away."""
    model: str = ""
    """The name that the speech server knows it by, such as Systran/faster-whisper-small; "" is the entry's key."""
    mode: Literal["audio_transcription", "audio_speech"] = "audio_transcription"
    """audio_transcription (speech to text) or audio_speech (text to speech)."""


class Speech(Program):
    """Speech to text and text to speech: Speaches, or a server of your own with the same API."""

    image: Image = Image(repository="ghcr.io/speaches-ai/speaches", tag="0.8.3-cpu")
    """Its image. Speaches' CUDA image has no GPU speech recognition on arm64: the CPU one is the honest default."""
    port: Port = 8001
    """The port it listens on, and its Service's."""
    security_context: SecurityContext = {"runAsUser": 1000, "runAsGroup": 1000}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    port_env: EnvName = "UVICORN_PORT"
    """The variable that carries the port to the program."""
    api_key_env: EnvName | Literal[""] = "API_KEY"
    """The variable that carries the key; "" for a server that knows none."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """WHISPER__INFERENCE_DEVICE; with cpu the container is not shown the GPU."""
    compute_type: str = "int8"
    """WHISPER__COMPUTE_TYPE."""
    hub_cache: RelativePath = "huggingface/hub"
    """The folder below global.modelsPath in the Hugging Face hub's layout, model cards included; nothing is
    downloaded."""
    model_ttl_seconds: Annotated[int, within(-1, YEAR, "seconds; -1 is for ever")] = -1
    """How long a model stays in memory unused; -1 is for ever."""
    models: dict[ModelName, SpeechModel] = {}
    """The models it serves, by the name that the API knows them by."""
    startup_seconds: StartupSeconds = 300
    """How long starting may take before it is restarted."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "2", "memory": "4Gi"})
    """Requests and limits."""


class ThorSettings(Section):
    """How a Thor node is used. Every key can be given again in a node entry."""

    pods: Literal["together", "separate"] = "together"
    """together runs the programs in one pod; separate gives each its own."""
    gpu_access: Literal["runtimeClass", "devicePlugin"] = "runtimeClass"
    """runtimeClass shares the GPU by pod.runtimeClassName and NVIDIA_VISIBLE_DEVICES; devicePlugin asks for
    gpuResource in each container, which needs time-slicing."""
    gpu_resource: str = "nvidia.com/gpu"
    """The device plugin's resource."""
    visible_devices: str = "all"
    """NVIDIA_VISIBLE_DEVICES."""
    driver_capabilities: str = "compute,utility"
    """NVIDIA_DRIVER_CAPABILITIES; ComfyUI's video nodes want video as well."""
    models_path: AbsolutePath = ""
    """The folder with the model files on this node; "" is global.modelsPath."""
    folders_image: Image = Image(repository="docker.io/library/busybox", tag="1.37.0")
    """Makes the writable folders on the node before the programs start; unused when ComfyUI is off and cachePath
    is ""."""
    progress_deadline_seconds: DeadlineSeconds = 3600
    """How long a roll-out may take."""
    vllm: Vllm = Vllm()
    """vLLM."""
    comfyui: Comfyui = Comfyui()
    """ComfyUI."""
    speech: Speech = Speech()
    """The speech server."""
    pod: PodOverrides = Pod(
        tolerations=[{"key": "cuda-inference", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
        runtime_class_name="nvidia",
    )
    """What its pods carry, over global.pod."""


class ThorNode(ThorSettings):
    """A Thor node, or a pool of equal ones."""

    enabled: bool = True
    """false takes the entry away."""
    node: str = ""
    """The node's name (kubernetes.io/hostname); "" is the entry's key."""
    selector: dict[str, str] = {}
    """Labels of a pool: one pod on each such node, all behind one Service a program."""


class Thor(ThorSettings, Component):
    """vLLM, ComfyUI and speech on Jetson AGX Thor nodes."""

    create_runtime_class: bool = False
    """Whether the chart makes the RuntimeClass nvidia; k3s already has it."""
    nodes: dict[EntryName, ThorNode] = {}
    """The Thor nodes, by a name of your choice."""
