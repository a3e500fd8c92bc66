"""What a llama-server takes for a model, term by term."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ai_server.memory import overhead
from ai_server.memory.architectures import ROLLBACK
from ai_server.memory.compute import compute
from ai_server.memory.kv import Cache, Context, bytes_per_token, cache_of
from ai_server.memory.layers import Layers, layers_of
from ai_server.memory.model import ModelFacts
from ai_server.memory.projector import projector_terms
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import MIB, Term, Where
from ai_server.memory.weights import DRAFT_IN_FILE, caches_on_device, weights

Draft = tuple[ModelFacts, LlamaSettings]
STEP = 1024
MAPPED = ("auto", "mmap")
"""Load modes that leave the weights on the host in the page cache (--load-mode)."""
SNAPSHOTS = ("draft-mtp", "draft-eagle3", "draft-dflash", "draft-dspark")
"""Speculative decoding that keeps a recurrent state per drafted token: need_n_rs_seq() in common/common.h of b11434."""


def terms(
    facts: ModelFacts,
    settings: LlamaSettings,
    projector: ModelFacts | None = None,
    adapters: Sequence[ModelFacts] = (),
    draft: Draft | None = None,
) -> list[Term]:
    """Everything that a llama-server with a model takes, on the GPU and on the host, without terms of no bytes.

    adapters: LoRA files; draft: the model for speculative decoding, and its settings. UserError if a file lacks a key.
    """
    found = [*_model(facts, settings), *_process(facts, settings)]
    if projector is not None:
        found += projector_terms(projector, settings)
    device: Where = "host" if settings.accelerator == "cpu" else "device"
    found += [Term("adapter", adapter.file_bytes, device, "size of the file") for adapter in adapters]
    if draft is not None:
        found += [replace(term, name=f"draft model: {term.name}") for term in _model(*draft)]
    return [term for term in found if term.bytes]


def kv_bytes_per_token(facts: ModelFacts, settings: LlamaSettings) -> int:
    """The KV cache's bytes for a token more of context."""
    return bytes_per_token(layers_of(facts), settings)


def largest_context(facts: ModelFacts, settings: LlamaSettings, available: int, where: Where | None = None) -> int:
    """The largest context, a multiple of 1024 tokens and at most the model's own, whose terms fit into bytes.

    0 if none does. where: counts only the terms of that memory, else all; those of the model and the process.
    """

    def fits(steps: int) -> bool:
        sized = replace(settings, ctx_size=steps * STEP)
        return sum(term.bytes for term in terms(facts, sized) if where in (None, term.where)) <= available

    low, high = 0, max(facts.number("context_length", settings.ctx_size) // STEP, 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low * STEP


def _model(facts: ModelFacts, settings: LlamaSettings) -> Iterator[Term]:
    layers, context = layers_of(facts), Context.of(facts, settings)
    loaded = weights(facts, layers, settings)
    yield Term("weights", loaded.device, "device", "file; src/llama-model.cpp of b11434")
    # Mapped pages belong to the page cache: the kernel may drop them, and read them again.
    mapped = 0 if settings.load_mode in MAPPED else None
    yield Term("weights on the host", loaded.host, "host", "file; src/llama-model.cpp of b11434", least=mapped)
    devices = caches_on_device(settings, len(layers.all))
    cache = cache_of(layers, context, settings)
    yield from _cache(cache, layers, devices)
    states = 1 + (settings.drafted if settings.speculative in SNAPSHOTS and facts.architecture in ROLLBACK else 0)
    state = [4 * layer.state * context.slots * states for layer in layers.all]
    yield from _split("recurrent state", state, devices, "src/llama-memory-recurrent.cpp of b11434")
    buffers = compute(facts, layers, context, settings)
    yield Term("compute buffer", buffers.device, "device", "measured, b11434")
    yield Term("compute buffer on the host", buffers.host, "host", "measured, b11434")
    width = facts.number("embedding_length_out", facts.number("embedding_length")) if settings.embedding else 0
    output = 4 * context.slots * (facts.vocabulary + width)
    yield Term("output buffer", output, "host", "src/llama-context.cpp of b11434")
    if settings.speculative in DRAFT_IN_FILE:
        types = {"cache_type_k": settings.draft_cache_type_k, "cache_type_v": settings.draft_cache_type_v}
        drafts = cache_of(layers, context, replace(settings, **types), draft=True).by_layer  # type: ignore[arg-type]
        yield from _split("KV cache of drafts", drafts, devices, "src/llama-model.cpp of b11434")
        more = buffers.device or buffers.host
        where: Where = "device" if buffers.device else "host"
        yield Term("compute buffer of drafts", more, where, "upper bound: a second context", least=0)


def _cache(cache: Cache, layers: Layers, devices: tuple[bool, ...]) -> Iterator[Term]:
    parts = (("KV cache", cache.full), ("KV cache of windows", cache.swa), ("KV cache of indexers", cache.index))
    for name, sizes in parts:
        for term in _split(name, sizes, devices, "src/llama-kv-cache.cpp of b11434"):
            yield term if layers.certain else replace(term, least=0)


def _split(name: str, sizes: Sequence[int], devices: tuple[bool, ...], source: str) -> Iterator[Term]:
    yield Term(name, sum(size for size, on in zip(sizes, devices, strict=True) if on), "device", source)
    yield Term(name, sum(size for size, on in zip(sizes, devices, strict=True) if not on), "host", source)


def _process(facts: ModelFacts, settings: LlamaSettings) -> Iterator[Term]:
    layers, context = layers_of(facts), Context.of(facts, settings)
    if settings.accelerator != "cpu":
        yield Term("GPU context", overhead.GPU_CONTEXT, "device", "measured, b11434 with CUDA")
        after = overhead.workspace(facts, context, settings)
        yield Term("GPU workspace of requests", after, "device", "measured, b11434 with CUDA", least=0)
    yield Term("llama-server itself", overhead.HOST_BASE, "host", "measured, b11434 with CUDA")
    yield Term("requests", overhead.growth(facts, context, settings), "host", "measured, b11434", least=0)
    if settings.cache_ram_mib > 0:
        yield Term("prompt cache", settings.cache_ram_mib * MIB, "host", "--cache-ram", least=0)
    elif settings.cache_ram_mib < 0:
        whole = sum(cache_of(layers, context, settings).by_layer)
        yield Term("prompt cache without a limit", whole, "host", "--cache-ram -1: a copy of all slots", least=0)
    kept = overhead.checkpoints(layers, context, settings)
    yield Term("context checkpoints", kept, "host", "tools/server/server-context.cpp of b11434", least=0)
