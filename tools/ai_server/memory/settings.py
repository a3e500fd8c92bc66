"""What the memory of a model depends on besides its file: settings of the programs, with their own names."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LlamaSettings:
    """Settings of a llama-server for one model. Sizes are in tokens unless a name says otherwise.

    ctx_size 0: the model's own. n_gpu_layers None: all. cache_ram_mib -1: no limit. draft_*: of drafts.
    n_cpu_moe, n_cpu_ffn: layers, from the first, whose experts or feed-forward weights stay on the host, -1 for all;
    on_host: patterns of tensors that --override-tensor leaves there. op_offload: the GPU computes large batches with
    weights on the host. speculative: the kind that uses a model; drafted: tokens at once. accelerator: rocm, vulkan,
    cuda, sycl or cpu. vmm_pool: whether the build has CUDA's virtual memory pool, which no build for ROCm has.
    """

    ctx_size: int = 16384
    parallel: int = 1
    kv_unified: bool = False
    batch_size: int = 2048
    ubatch_size: int = 512
    cache_type_k: str = "f16"
    cache_type_v: str = "f16"
    draft_cache_type_k: str = "f16"
    draft_cache_type_v: str = "f16"
    flash_attn: bool = True
    swa_full: bool = False
    embedding: bool = False
    n_gpu_layers: int | None = None
    n_cpu_moe: int = 0
    n_cpu_ffn: int = 0
    on_host: tuple[str, ...] = ()
    kv_offload: bool = True
    op_offload: bool = True
    load_mode: str = "none"
    cache_ram_mib: int = 0
    ctx_checkpoints: int = 32
    speculative: str = ""
    drafted: int = 3
    mmproj_offload: bool = True
    accelerator: str = "rocm"
    build: int = 11434

    @property
    def vmm_pool(self) -> bool:
        """Whether the build allocates scratch memory from CUDA's virtual memory pool."""
        return self.accelerator == "cuda"


@dataclass(frozen=True)
class VllmSettings:
    """Settings of a vLLM. kv_cache_bytes 0: utilization decides. max_model_len 0: the model's own."""

    max_model_len: int = 0
    max_num_seqs: int = 8
    max_num_batched_tokens: int = 0
    kv_cache_bytes: int = 0
    gpu_memory_utilization: float = 0.92
    kv_cache_dtype: str = "auto"
    dtype: str = "auto"
    enforce_eager: bool = False
    tensor_parallel: int = 1
    shm_bytes: int = 0
