"""Settings of one llama-server model: the flags that the chart always gives, with llama.cpp's own names."""

from typing import Annotated, Literal

from pydantic import Field

from ai_server.values.base import AtLeastOne, Batch, LeastOneSecond, OneLine, RelativePath, Section, Tokens, within

CacheType = Literal["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1"]
LoadMode = Literal["none", "auto", "mmap", "mlock", "mmap+mlock", "dio"]
RocmMode = Literal["chat", "completion", "embedding", "rerank"]


class LlamaServer(Section):
    """How llama-server runs a model. Set for all, per model, per node, and per model on a node: the last wins."""

    ctx_size: Tokens = 16384
    """--ctx-size: tokens of context over all slots together; 0 takes the model's own."""
    parallel: AtLeastOne = 1
    """--parallel: slots, that is requests answered at the same time; each has ctxSize / parallel tokens."""
    n_gpu_layers: Annotated[int, within(0, 10_000, "layers; 0 runs on the CPU")] | Literal["all", "auto"] = "all"
    """--n-gpu-layers: layers on the GPU: a number, all or auto."""
    flash_attn: bool = True
    """--flash-attn: needed on Strix Halo for speed, and for a quantised V cache."""
    cache_type_k: CacheType = "f16"
    """--cache-type-k: the type of the K cache."""
    cache_type_v: CacheType = "f16"
    """--cache-type-v: the type of the V cache; a quantised one needs flashAttn."""
    batch_size: Batch = 0
    """--batch-size: tokens per logical batch. 0 is 2048 for chat and completion; for embedding and rerank it is
    ubatchSize."""
    ubatch_size: Batch = 0
    """--ubatch-size: tokens per physical batch; a larger one reads prompts faster and takes more memory. 0 is 512 for
    chat and completion. For embedding and rerank, whose whole input must fit into one physical batch, 0 is the context
    of a slot, at most 2048 in builds before 11669: one long request takes gigabytes of host memory there."""
    cache_ram_mi_b: Annotated[
        int, within(-1, 16_777_216, "MiB; 0 is off, and -1 unlimited"), Field(alias="cacheRamMiB")
    ] = 2048
    """--cache-ram: MiB of host memory for cached prompts; 0 is off, -1 unlimited. llama.cpp's own default is 8192."""
    fit: bool = False
    """--fit: lets llama-server shrink what does not fit; off, so that it does what is written here or fails."""
    load_mode: LoadMode = "none"
    """How weights are read: none reads them into memory, which is what Strix Halo needs; older builds get --no-mmap."""
    pooling: Literal["", "none", "mean", "cls", "last", "rank"] = ""
    """--pooling of an embedding or rerank model; "" takes the model's own."""
    flags: dict[str, OneLine | int | float | bool] = {}
    """Further llama-server flags of this model, by their long names without dashes: {swa-full: true, temp: 0.6}."""


class LlamaModel(LlamaServer):
    """A model that llama-server can serve."""

    enabled: bool = True
    """false takes the model out of the catalogue."""
    file: RelativePath = ""
    """The GGUF file below global.modelsPath; of a split model, the first part."""
    mmproj: RelativePath = ""
    """The projector file of a vision model, below global.modelsPath."""
    mode: RocmMode = "chat"
    """What the model is asked for: chat, completion, embedding or rerank."""
    load_on_startup: bool = True
    """With several models on a node: load this one when llama-server starts, not at its first request. Of more
    than modelsMax such models, the first by name are loaded."""
    stop_timeout_seconds: LeastOneSecond = 10
    """With several models on a node: how long an evicted model may take to finish its answers."""
