"""Settings of one llama-server model: the flags that the chart always sets, with llama.cpp's own names."""

from typing import Annotated, Literal

from pydantic import Field

from ai_server.values.base import AtLeastOne, Batch, LeastOneSecond, OneLine, RelativePath, Section, Tokens, within

CacheType = Literal["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1"]
LoadMode = Literal["none", "auto", "mmap", "mlock", "mmap+mlock", "dio"]
RocmMode = Literal["chat", "completion", "embedding", "rerank"]


class LlamaServer(Section):
    """How llama-server runs a model. Set for all, per model, per node, and per model on a node: the last one wins."""

    ctx_size: Tokens = 16384
    """--ctx-size: tokens of context, shared by all slots; 0 uses the model's own."""
    parallel: AtLeastOne = 1
    """--parallel: number of slots, that is, of requests answered at the same time; each has ctxSize / parallel
    tokens."""
    n_gpu_layers: Annotated[int, within(0, 10_000, "layers; 0 runs on the CPU")] | Literal["all", "auto"] = "all"
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
    """--cache-ram: MiB of host memory for cached prompts; 0 is off, -1 unlimited. llama.cpp's own default is 8192."""
    fit: bool = False
    """--fit: true lets llama-server reduce settings that do not fit into memory; false makes it use them or fail."""
    load_mode: LoadMode = "none"
    """--load-mode: how to read the weights. Strix Halo needs none, which reads them into memory; builds without this
    flag get --no-mmap instead."""
    pooling: Literal["", "none", "mean", "cls", "last", "rank"] = ""
    """--pooling of an embedding or rerank model; if empty, the model's own."""
    flags: dict[str, OneLine | int | float | bool] = {}
    """Additional llama-server flags, by their long names without dashes: {swa-full: true, temp: 0.6}."""


class LlamaModel(LlamaServer):
    """A model that llama-server can serve."""

    enabled: bool = True
    """false removes the model from the catalogue."""
    file: RelativePath = ""
    """GGUF file below global.modelsPath; for a split model, its first part."""
    mmproj: RelativePath = ""
    """Projector file of a vision model, below global.modelsPath; if empty, the model does not see pictures."""
    mode: RocmMode = "chat"
    """The kind of requests that the model serves: chat, completion, embedding or rerank."""
    load_on_startup: bool = True
    """With several models on a node: whether to load this one when llama-server starts, not at its first request. If
    there are more than modelsMax such models, the first by name are loaded."""
    stop_timeout_seconds: LeastOneSecond = 10
    """With several models on a node: how long this model may take to finish its answers when it is evicted."""
