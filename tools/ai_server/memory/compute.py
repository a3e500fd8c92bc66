"""The buffers for computing a batch: for llama.cpp b11434 with CUDA, whose code ROCm shares, and on the CPU."""

from ai_server.memory import activations, offload
from ai_server.memory.architectures import NO_CACHE
from ai_server.memory.kv import Context, swa_cells
from ai_server.memory.layers import Layers, widths
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.tensors import Size

FLOAT, HALF = 4, 2
INPUTS = 64
"""Bytes per token for positions, places in the cache and rounding: at most."""
EMBEDDING_FIXED = 11669
"""The first build seen whose --embedding does not reserve logits for a whole batch."""


def compute(facts: ModelFacts, layers: Layers, context: Context, settings: LlamaSettings) -> Size:
    """Bytes of the compute buffers on the host and on the GPU; on the CPU, one buffer on the host.

    Exact to 1 MiB for models with real dimensions and the default settings; activations.py names the upper bounds.
    """
    batch = min(context.ubatch, context.all)
    cells, copies = cells_of(facts, layers, context, settings)
    mask = batch * (cells * (HALF if settings.flash_attn else FLOAT) + INPUTS)
    embedding = facts.number("embedding_length")
    cpu = settings.accelerator == "cpu"
    width = activations.on_cpu(facts) - embedding if cpu else activations.on_device(facts)
    if settings.embedding and facts.architecture not in NO_CACHE and settings.build < EMBEDDING_FIXED:
        width = max(width, activations.of_logits(facts))
    states = 2 * FLOAT * context.slots * max((layer.state for layer in layers.all), default=0)
    device = max(batch * FLOAT * width, batch * FLOAT * activations.of_states(facts) + states) + mask
    host = batch * FLOAT * activations.on_host(facts) + mask
    if not settings.flash_attn:
        scores = without_flash_attention(facts, layers, context, settings, batch)
        device = max(device, scores + mask)
        host += caches(layers) * 2 * FLOAT * batch * layers.widest_value
    elif copies:
        host += rotations(facts, layers)
        device = max(device, mask + copies + batch * FLOAT * activations.of_quantised_cache(facts))
    if cpu:
        return Size(device + batch * FLOAT * embedding, 0)
    cached = offload.of_caches(facts, layers, context, settings) if settings.flash_attn else 0
    if cached:
        device = max(device, mask + copies + cached + batch * FLOAT * activations.of_quantised_cache(facts))
    device += offload.without_caches(facts, settings, batch)
    if held := offload.of_weights(facts, settings, batch, cached):
        device = max(device, mask + held)
    if offload.on_cpu(facts, settings, batch):
        host = max(host, batch * FLOAT * activations.on_cpu(facts) + mask)
    return Size(host, device)


def cells_of(facts: ModelFacts, layers: Layers, context: Context, settings: LlamaSettings) -> tuple[int, int]:
    """Cells that the masks cover, and bytes of the f16 copy of a layer's quantised cache, which flash attention needs.

    Source: src/llama-graph.cpp and ggml_cuda_flash_attn_ext_get_alloc_size in ggml/src/ggml-cuda/fattn.cu of b11434.
    """
    if facts.architecture in NO_CACHE:
        return context.ubatch, 0
    window = swa_cells(context, layers.window, settings) if layers.any_swa else 0
    copies = [0]
    for layer in layers.all:
        cells = {"full": context.sequence, "swa": window, "none": 0}[layer.cells] * context.streams
        key = layer.key if settings.cache_type_k != "f16" else 0
        value = layer.value if settings.cache_type_v != "f16" else 0
        copies.append(HALF * (key + value) * cells)
    return (context.sequence if layers.any_full else 0) + window, max(copies)


def without_flash_attention(
    facts: ModelFacts, layers: Layers, context: Context, settings: LlamaSettings, batch: int
) -> int:
    """Bytes of attention scores and what lives next to them. MLA transposes a layer's V, which is a part of its K."""
    heads = facts.number("attention.head_count", 0)
    cells = context.sequence if layers.any_full else swa_cells(context, layers.window, settings)
    if facts.architecture in NO_CACHE:
        cells = batch
    transposed = facts.number("attention.value_length", 0) if any(not x.value for x in layers.all) else 0
    return FLOAT * batch * (heads * cells + activations.attention(facts)) + HALF * transposed * cells


def caches(layers: Layers) -> int:
    """How many KV caches there are: with full attention, and with a window."""
    return int(layers.any_full) + int(layers.any_swa)


def rotations(facts: ModelFacts, layers: Layers) -> int:
    """Bytes of the matrices that rotate K for a quantised cache, one per cache. Source: src/llama-kv-cache.cpp."""
    full, window = widths(facts, 0)[0]
    return FLOAT * (full * full * layers.any_full + window * window * layers.any_swa)
