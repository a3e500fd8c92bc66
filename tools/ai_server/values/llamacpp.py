"""Settings of one llama-server model: the flags that the chart always sets, with llama.cpp's own names."""

from typing import Annotated, Literal

from pydantic import Field

from ai_server.values.base import (
    YEAR,
    Batch,
    LeastOneSecond,
    ModelName,
    OneLine,
    RelativePath,
    Section,
    Tokens,
    within,
)

CacheType = Literal["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1"]
LoadMode = Literal["none", "auto", "mmap", "mlock", "mmap+mlock", "dio"]
RocmMode = Literal["chat", "completion", "embedding", "rerank"]
GpuLayers = Annotated[int, within(0, 10_000, "layers; 0 runs on the CPU")] | Literal["all", "auto"]
DraftType = Literal["draft-simple", "draft-mtp", "draft-eagle3", "draft-dflash", "draft-dspark"]
DraftTokens = Annotated[int, within(0, 64, "tokens; 0 is llama.cpp's own default")]
Slots = Annotated[int, within(1, 256, "slots, of which llama.cpp has at most 256")]


class LlamaServer(Section):
    """How llama-server runs a model. Set for all, per model, per node, and per model on a node: the last one wins."""

    ctx_size: Tokens = 16384
    """--ctx-size: tokens of context, shared by all slots; 0 uses the model's own."""
    parallel: Slots = 1
    """--parallel: number of slots, that is, of requests answered at the same time; each has ctxSize / parallel
    tokens."""
    n_gpu_layers: GpuLayers = "all"
    """--n-gpu-layers: layers on the GPU: a number, all or auto."""
    flash_attn: bool = True
    """--flash-attn: fast attention, needed on Strix Halo for speed, and for a quantised V cache."""
    cache_type_k: CacheType = "f16"
    """--cache-type-k: data type of the K cache."""
    cache_type_v: CacheType = "f16"
    """--cache-type-v: data type of the V cache; a quantised type needs flashAttn."""
    batch_size: Batch = 0
    """--batch-size: tokens per logical batch. 0 means 2048 for chat and completion, and ubatchSize for embedding and
    rerank."""
    ubatch_size: Batch = 0
    """--ubatch-size: tokens per physical batch; a larger one reads prompts faster and needs more memory. 0 means 512
    for chat and completion. For embedding and rerank, whose entire input must fit into one physical batch, 0 means the
    context of a slot, but at most 2048 in builds before 11669, where one long request takes gigabytes of host
    memory."""
    cache_ram_mi_b: Annotated[
        int, within(-1, 16_777_216, "MiB; 0 is off, and -1 unlimited"), Field(alias="cacheRamMiB")
    ] = 2048
    """--cache-ram: MiB of host memory for cached prompts; 0 is off, -1 unlimited. llama.cpp's own default is 8192.
    Models for embedding and rerank get 0: only completions read the cache."""
    fit: bool = False
    """--fit: true lets llama-server reduce settings that do not fit into memory, with nGpuLayers: auto also the layers
    on the GPU; false makes it use them or fail."""
    load_mode: LoadMode = "none"
    """--load-mode: how to read the weights. Strix Halo needs none, which reads them into memory; builds without this
    flag get --no-mmap instead."""
    sleep_idle_seconds: Annotated[int, within(0, YEAR, "seconds without a request; 0 is never")] = 0
    """--sleep-idle-seconds: how long the model may be idle before it is removed from memory; the next request loads it
    again. 0 keeps it in memory. Probes and metrics do not wake it."""
    pooling: Literal["", "none", "mean", "cls", "last", "rank"] = ""
    """--pooling of an embedding or rerank model; if empty, the model's own."""
    flags: dict[str, OneLine | int | float | bool] = {}
    """Additional llama-server flags, by their long names without dashes: {swa-full: true, temp: 0.6}."""


class Draft(Section):
    """Speculative decoding: the model verifies several drafted tokens at once, which gives the same answers faster. It
    is on if file is set, or with type draft-mtp."""

    type: DraftType = "draft-simple"
    """--spec-type: how tokens are drafted. draft-simple uses a small model with the same vocabulary; draft-mtp the MTP
    layers in the model's own file, or those in file; the others a file that was made for the model."""
    file: RelativePath = ""
    """--model-draft: GGUF file of the draft model, below global.modelsPath."""
    n_gpu_layers: GpuLayers = "all"
    """--n-gpu-layers-draft: layers of the draft model on the GPU: a number, all or auto."""
    max: DraftTokens = 0
    """--spec-draft-n-max: the most tokens to draft at a time; 0 is llama.cpp's own default, 3 since b11434."""
    min: DraftTokens = 0
    """--spec-draft-n-min: the fewest tokens that are worth verifying."""


class Lora(Section):
    """A LoRA adapter of a model."""

    enabled: bool = True
    """false removes the adapter."""
    file: RelativePath = ""
    """GGUF file of the adapter, below global.modelsPath."""
    scale: Annotated[float, within(-10, 10, "a factor; 1 is the full effect")] = 1
    """How strongly the adapter changes the model; 1 is the full effect."""
    always: bool = False
    """true applies the adapter to every answer of the model, without a name of its own in the API."""


class LlamaModel(LlamaServer):
    """A model that llama-server can serve."""

    enabled: bool = True
    """false removes the model from the catalogue."""
    file: RelativePath = ""
    """GGUF file below global.modelsPath; for a split model, its first part."""
    mmproj: RelativePath = ""
    """Projector file of a vision model, below global.modelsPath; if empty, the model does not see pictures."""
    draft: Draft = Draft()
    """Speculative decoding, for faster answers."""
    loras: dict[ModelName, Lora] = {}
    """LoRA adapters, by their names in the API: a request for such a name gets the model with the adapter. All share
    the model's memory. For chat and completion."""
    mode: RocmMode = "chat"
    """The kind of requests that the model serves: chat, completion, embedding or rerank."""
    load_on_startup: bool = True
    """With several models on a node: whether to load this one when llama-server starts, not at its first request. If
    there are more than modelsMax such models, the first by name are loaded."""
    stop_timeout_seconds: LeastOneSecond = 10
    """With several models on a node: how long this model may take to finish its answers when it is evicted."""
