"""The KV cache of vLLM: how many bytes a token and a sequence take, as vLLM 0.30.0 divides its pool into blocks.

Sources, all in vllm/: page sizes and blocks per sequence are those of v1/kv_cache_interface.py (FullAttentionSpec,
SlidingWindowSpec, ChunkedLocalAttentionSpec, MLAAttentionSpec, MambaSpec); groups of layers and the least pool those of
v1/core/kv_cache_utils.py (get_kv_cache_groups, unify_kv_cache_spec_page_size, _max_memory_usage_bytes_from_groups,
get_kv_cache_configs); larger blocks of models with states those of platforms/interface.py (_align_hybrid_block_size).
tests/memory/test_vllm_memory.py compares all of it with those functions. Amounts are per GPU.
"""

from dataclasses import dataclass, replace
from math import ceil

from ai_server.memory.folder import FolderFacts
from ai_server.memory.folder_layers import Layers
from ai_server.memory.settings import VllmSettings

BLOCK, MLA_BLOCK = 16, 64
"""Tokens of a block: CacheConfig.DEFAULT_BLOCK_SIZE, and what FlashMLA and FlashInfer's MLA take (32, 64 or 128)."""
IN_FLIGHT = 2
"""Batches at once with asynchronous scheduling, the default: VllmConfig.max_concurrent_batches."""
STATES = 2
"""Blocks of a sequence for a recurrent state with prefix caching, the default of models that also have attention; 1 for
others: MambaSpec.max_memory_usage_bytes with mamba_cache_mode "align" and "none"."""
LONGEST = 2**27
"""More tokens than any context, where nothing else limits the search."""
FEW_SEQUENCES = 8192
"""Tokens of a batch on GPUs with 70 GiB or more, else 2048: EngineArgs.get_batch_defaults in engine/arg_utils.py."""


@dataclass(frozen=True)
class Group:
    """Layers with one list of blocks per sequence. tokens: of a block; pages: bytes of a block in all its layers;
    states: blocks of a sequence, for layers with states.
    """

    layers: Layers
    tokens: int
    pages: int
    states: int = STATES

    def blocks(self, length: int, in_flight: int) -> int:
        """The blocks that a sequence of so many tokens may need."""
        if self.layers.kind == "state":
            return self.states
        if self.layers.kind == "sliding":
            return ceil(min(self.layers.window - 1 + in_flight, length) / self.tokens) + 1
        if self.layers.kind == "chunked":
            return ceil(min(self.layers.window + in_flight, length) / self.tokens)
        return ceil(length / self.tokens)


@dataclass(frozen=True)
class Cache:
    """A KV cache: its groups draw blocks of the same size from one pool."""

    groups: tuple[Group, ...]

    @property
    def block_bytes(self) -> int:
        """The bytes of a block."""
        return max((group.pages for group in self.groups), default=0)

    def sequence_bytes(self, length: int, in_flight: int) -> int:
        """What a sequence of so many tokens may need."""
        return self.block_bytes * sum(group.blocks(length, in_flight) for group in self.groups)


def cache_of(facts: FolderFacts, settings: VllmSettings, block: int | None = None) -> Cache:
    """The KV cache of a model. block: tokens of a block, if that is not the usual number of vLLM on a GPU."""
    kinds = [(layers, _per_token(layers, facts, settings)) for layers in facts.layers]
    attention = [(layers, size) for layers, size in kinds if layers.kind != "state"]
    states = [layers for layers in facts.layers if layers.kind == "state"]
    tokens = block or (MLA_BLOCK if any(layers.kind == "mla" for layers, _ in attention) else BLOCK)
    state = max((_state_bytes(layers, facts, settings) for layers in states), default=0)
    if states and attention:
        # a block is enlarged until a page of attention holds the state
        full = next((size for layers, size in attention if layers.kind in ("full", "mla")), attention[0][1])
        align = max(tokens, 128) if any(layers.kind == "mla" for layers, _ in attention) else tokens
        tokens = max(tokens, align * ceil(state / (align * full)))
        state = tokens * full
    pages = [(layers, tokens, tokens * size) for layers, size in attention]
    pages += [(layers, tokens, state) for layers in states]
    if len({_type(layers) for layers, _, _ in pages}) <= 1:
        total = sum(layers.count * page for layers, _, page in pages)
        return Cache((Group(pages[0][0], tokens, total, states=1),) if pages else ())
    return Cache(tuple(_mixed(pages)))


def kv_bytes_per_token(facts: FolderFacts, settings: VllmSettings) -> int:
    """Bytes of KV cache for one more token of a long context: of the layers that attend to all of it.

    Models with windows or states have padded groups, whose padding counts, because a block of any group is as large.
    """
    cache = cache_of(facts, settings)
    growing = [group for group in cache.groups if group.layers.kind in ("full", "mla")]
    return sum(ceil(cache.block_bytes / group.tokens) for group in growing)


def least_kv_bytes(facts: FolderFacts, settings: VllmSettings, pool_bytes: int = 0, block: int | None = None) -> int:
    """The smallest KV pool with which vLLM starts: one sequence of max_model_len, and one block that is never used.

    pool_bytes: the memory of the GPU, for the default of max_num_batched_tokens; 0 takes the larger default.
    """
    cache = cache_of(facts, settings, block)
    length = settings.max_model_len or facts.context
    return cache.sequence_bytes(length, in_flight(settings, pool_bytes, length)) + cache.block_bytes


def largest_model_len(
    facts: FolderFacts, settings: VllmSettings, bytes: int, pool_bytes: int = 0, block: int | None = None
) -> int:
    """The largest max_model_len with which vLLM starts with a KV pool of so many bytes; 0 if there is none."""
    low, high = 0, facts.context or LONGEST
    while low < high:
        middle = (low + high + 1) // 2
        if least_kv_bytes(facts, replace(settings, max_model_len=middle), pool_bytes, block) <= bytes:
            low = middle
        else:
            high = middle - 1
    return low


def batched_tokens(settings: VllmSettings, pool_bytes: int, length: int) -> int:
    """max_num_batched_tokens, or its default: EngineArgs.get_batch_defaults, for the API server."""
    if settings.max_num_batched_tokens:
        return settings.max_num_batched_tokens
    large = 16384 if pool_bytes >= 160 * 2**30 else FEW_SEQUENCES
    usual = 2048 if 0 < pool_bytes < 70 * 2**30 else large
    return min(usual, settings.max_num_seqs * length) if length else usual


def in_flight(settings: VllmSettings, pool_bytes: int, length: int) -> int:
    """The tokens that are scheduled and not yet done: VllmConfig.max_in_flight_tokens."""
    return IN_FLIGHT * batched_tokens(settings, pool_bytes, length)


def number_bytes(facts: FolderFacts, settings: VllmSettings) -> int:
    """Bytes of a number in the model's type: dtype auto turns 32 bits into 16 (vllm/config/model.py)."""
    wanted = settings.dtype
    return 4 if wanted in ("float32", "float") else 2


def kv_dtype(facts: FolderFacts, settings: VllmSettings) -> str:
    """The type of the KV cache: with auto, that which the checkpoint asks for, else the model's ("")."""
    return facts.kv_dtype if settings.kv_cache_dtype == "auto" else settings.kv_cache_dtype


def _type(layers: Layers) -> tuple[str, int]:
    """What layers of one group have in common: UniformTypeKVCacheSpecs."""
    return ("full", 0) if layers.kind in ("full", "mla") else (layers.kind, layers.window)


def _mixed(pages: list[tuple[Layers, int, int]]) -> list[Group]:
    """Groups of as many layers as the rarest kind has, with pages of the same size."""
    largest = max(page for _, _, page in pages)
    fewest, most = min(layers.count for layers, _, _ in pages), max(layers.count for layers, _, _ in pages)
    size = most if most < 1.5 * fewest else fewest
    groups = []
    for layers, tokens, page in pages:
        if layers.kind != "state" and largest % page == 0:
            tokens *= largest // page
        groups += [Group(layers, tokens, size * largest)] * ceil(layers.count / size)
    return groups


def _per_token(layers: Layers, facts: FolderFacts, settings: VllmSettings) -> int:
    """Bytes of a token in one layer."""
    kind, half = kv_dtype(facts, settings), number_bytes(facts, settings)
    if layers.kind == "state":
        return 0
    heads = layers.kv_heads if layers.kind == "mla" else max(1, layers.kv_heads // settings.tensor_parallel)
    if kind.endswith("_per_token_head"):
        numbers = (layers.key + layers.value) // (2 if kind.startswith("int4") else 1)
        return heads * (numbers + 8)
    if kind == "nvfp4":
        return heads * sum(size // 2 + size // 16 for size in (layers.key, layers.value))
    if kind == "fp8_ds_mla":
        return 656
    return heads * (layers.key + layers.value) * (1 if kind.startswith(("fp8", "int8")) else half)


def _state_bytes(layers: Layers, facts: FolderFacts, settings: VllmSettings) -> int:
    """Bytes of the state of a sequence in one layer."""
    half = number_bytes(facts, settings)
    ssm = 4 if layers.ssm_dtype == "float32" else half
    return (layers.conv * half + layers.ssm * ssm) // settings.tensor_parallel
