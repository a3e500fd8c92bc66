"""vLLM, ComfyUI and the speech server: the programs that a node can run in addition to llama.cpp."""

from typing import Annotated, Literal

from ai_server.values.base import (
    YEAR,
    AbsolutePath,
    AtLeastOne,
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
from ai_server.values.exposure import BackendService
from ai_server.values.shared import ContainerSettings, Image, ResourceRequirements


class Llamacpp(Section):
    """llama.cpp, whose settings are the keys of a node that belong to no program."""

    enabled: bool = True
    """false leaves llama.cpp out."""


class Program(ContainerSettings):
    """A program of a node."""

    enabled: bool = True
    """false leaves the program out."""
    image: Image = Image()
    """Container image."""
    command: list[str] = []
    """Program to start; if empty, the image's own entrypoint."""
    port: Port = 8000
    """Port of the program and of its Service; the programs of one pod need different ports."""
    service: BackendService = BackendService()
    """The Service of the program. LiteLLM reaches it inside the cluster; with another type, clients can bypass
    LiteLLM's keys, limits and log."""
    health_path: str = "/health"
    """Path that answers 200 when the program is ready."""
    startup_seconds: StartupSeconds = 1800
    """How long loading may take before the container is restarted."""
    shm_size: Quantity = ""
    """Size of /dev/shm, which counts as memory of the pod; if empty, the container runtime's 64 MiB."""


class Vllm(Program):
    """vLLM: the language model."""

    image: Image = Image(repository="docker.io/vllm/vllm-openai", tag="v0.30.0")
    """Container image. It must be built for arm64, with a CUDA version that the node's driver supports."""
    command: list[str] = ["vllm", "serve"]
    """Program to start; set by default, because images differ in their entrypoint."""
    model: RelativePath = ""
    """Folder of the model below global.modelsPath."""
    served_names: list[ModelName] = []
    """--served-model-name: names of the model in the API; if empty, the name of the folder."""
    mode: Literal["chat", "completion", "embedding", "rerank"] = "chat"
    """The kind of requests that the model serves: chat, completion, embedding or rerank."""
    max_model_len: Tokens = 16384
    """--max-model-len: tokens of context per request; 0 uses the model's own."""
    max_num_seqs: AtLeastOne = 16
    """--max-num-seqs: number of requests answered at the same time."""
    kv_cache_memory: Quantity = "16Gi"
    """--kv-cache-memory-bytes: size of the KV cache on each GPU, which makes the start order irrelevant; if empty, the
    cache takes what the weights leave of gpuMemoryUtilization."""
    gpu_memory_utilization: Annotated[float, within(0, 1, "a share of the total memory")] = 0.5
    """--gpu-memory-utilization: share of the memory of the GPU, or of the entire unified memory, if kvCacheMemory is
    "". Next to a size in bytes it would only set how much memory must be free when vLLM starts, and the chart sets that
    to a small value."""
    kv_cache_dtype: str = "auto"
    """--kv-cache-dtype: data type of the KV cache: auto, fp8, ..."""
    dtype: str = "auto"
    """--dtype: data type of the weights and activations: auto, bfloat16, ..."""
    enforce_eager: bool = False
    """--enforce-eager: true runs without CUDA graphs, which needs less memory and is slower."""
    enable_prefix_caching: bool = True
    """--enable-prefix-caching: computes a common beginning of prompts only once."""
    tool_call_parser: str = "auto"
    """--tool-call-parser, with --enable-auto-tool-choice: the model's format of tool calls. auto chooses it by the name
    of the model's folder, hermes for an unknown family; if empty, vLLM rejects requests with tools."""
    reasoning_parser: str = ""
    """--reasoning-parser: how the model marks its reasoning; if empty, reasoning is not separated from the answer."""
    shm_size: Quantity = "4Gi"
    """Size of /dev/shm, which counts as memory of the pod; if empty, the container runtime's 64 MiB."""
    security_context: SecurityContext = {"runAsUser": 2000, "runAsGroup": 0}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    cache_path: AbsolutePath = "/var/lib/ai-server/vllm"
    """Folder on the node for compiled kernels, which makes restarts fast; if empty, they are lost with the pod."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "2", "memory": "48Gi"})
    """Resource requests and limits. The memory request should be the sum of weights, KV cache and 4 to 6 GiB."""


class Comfyui(Program):
    """ComfyUI: images. It has no authentication and runs third-party code, so it gets no secret."""

    image: Image = Image(repository="docker.io/cmooreio/comfyui-thor", tag="v0.28.0")
    """Container image; there is no official one."""
    command: list[str] = ["python3", "main.py"]
    """Program to start, in the image's working directory."""
    port: Port = 8188
    """--port: the port of ComfyUI and of its Service."""
    service: BackendService = BackendService()
    """The Service of ComfyUI, which has no login: with another type than ClusterIP, the network controls it."""
    health_path: str = "/system_stats"
    """Path that answers 200 when ComfyUI is ready."""
    models_folder: RelativePath = "comfyui"
    """Folder below global.modelsPath that holds the model folders."""
    model_folders: dict[str, str] = {
        "audio_encoders": "audio_encoders", "background_removal": "background_removal", "checkpoints": "checkpoints",
        "classifiers": "classifiers", "clip": "clip", "clip_vision": "clip_vision", "controlnet": "controlnet",
        "detection": "detection", "diffusers": "diffusers", "diffusion_models": "diffusion_models",
        "embeddings": "embeddings", "frame_interpolation": "frame_interpolation",
        "geometry_estimation": "geometry_estimation", "gligen": "gligen", "hypernetworks": "hypernetworks",
        "latent_upscale_models": "latent_upscale_models", "loras": "loras", "model_patches": "model_patches",
        "optical_flow": "optical_flow", "photomaker": "photomaker", "style_models": "style_models",
        "text_encoders": "text_encoders", "unet": "unet", "upscale_models": "upscale_models", "vae": "vae",
        "vae_approx": "vae_approx",
    }  # fmt: skip
    """extra_model_paths.yaml: kinds of models and their folders below modelsFolder."""
    security_context: SecurityContext = {"runAsUser": 1000, "runAsGroup": 0}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    data_path: AbsolutePath = "/var/lib/ai-server/comfyui"
    """Folder on the node for inputs, outputs, temporary and user files; if empty, they are lost with the pod."""
    custom_nodes_path: AbsolutePath = ""
    """Existing folder on the node with custom nodes, in addition to those of the image, mounted read-only; if empty,
    there is none. They are third-party code that runs with the GPU and the network."""
    disable_mmap: bool = False
    """--disable-mmap: reads models into memory in place of mapping their files. Unified memory needs it: Strix Halo,
    Thor, DGX Spark."""
    bf16_vae: bool = False
    """--bf16-vae: decodes pictures in bfloat16, which Strix Halo needs."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "1", "memory": "24Gi"})
    """Resource requests and limits. The memory request should be the peak of the largest workflow."""


class SpeechModel(Section):
    """A speech model, and the kind of requests that it serves."""

    enabled: bool = True
    """false removes the model."""
    model: str = ""
    """The speech server's name for the model, such as Systran/faster-whisper-small; if empty, the key of the entry."""
    mode: Literal["audio_transcription", "audio_speech"] = "audio_transcription"
    """audio_transcription (speech to text) or audio_speech (text to speech)."""


class Speech(Program):
    """Speech to text and text to speech: Speaches, or your own server with the same API."""

    image: Image = Image(repository="ghcr.io/speaches-ai/speaches", tag="0.8.3-cpu")
    """Container image. The default is the CPU image, because Speaches' CUDA image does not use the GPU for speech
    recognition on arm64. On amd64 with an NVIDIA GPU, use the tag 0.8.3-cuda and device: cuda."""
    port: Port = 8001
    """Port of the speech server and of its Service."""
    security_context: SecurityContext = {"runAsUser": 1000, "runAsGroup": 1000}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""
    port_env: EnvName = "UVICORN_PORT"
    """Environment variable that tells the server its port."""
    api_key_env: EnvName | Literal[""] = "API_KEY"
    """Environment variable that passes the key to the server; leave it empty for a server without keys."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """WHISPER__INFERENCE_DEVICE: where to run speech recognition; with cpu the container has no access to the GPU. cuda
    needs a -cuda image."""
    compute_type: str = "int8"
    """WHISPER__COMPUTE_TYPE: number format for speech recognition, such as int8 or float16."""
    hub_cache: RelativePath = "huggingface/hub"
    """Folder below global.modelsPath in the layout of the Hugging Face hub cache, including model cards; nothing is
    downloaded."""
    model_ttl_seconds: Annotated[int, within(-1, YEAR, "seconds; -1 means forever")] = -1
    """How long an unused model stays in memory; -1 means forever."""
    models: dict[ModelName, SpeechModel] = {}
    """Models that the speech server serves, by their names in the API."""
    startup_seconds: StartupSeconds = 300
    """How long the server may take to start before the container is restarted."""
    resources: ResourceRequirements = ResourceRequirements(requests={"cpu": "2", "memory": "4Gi"})
    """Resource requests and limits."""
