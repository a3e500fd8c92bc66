"""What a GPU needs to compute with weights and caches that are on the host: copies of them, and results next to these.

Source: ggml/src/ggml-backend.cpp of llama.cpp b11434 (ggml_backend_sched_split_graph), offload_op in
ggml/src/ggml-cuda/ggml-cuda.cu. Checked with its own allocator and a GPU that is not there.
"""

from ai_server.memory import activations
from ai_server.memory.aside import left_on_host
from ai_server.memory.groups import Group
from ai_server.memory.kv import Context, cache_of
from ai_server.memory.layers import Layers, is_mla
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.weights import caches_on_device, on_device

LEAST_BATCH = 32
"""Tokens of a batch from which on the GPU computes with weights on the host (GGML_OP_OFFLOAD_MIN_BATCH)."""
FLOAT = 4


def is_copied(settings: LlamaSettings, batch: int) -> bool:
    """Whether weights on the host are copied to the GPU for a batch, and not computed with on the CPU."""
    return settings.op_offload and batch >= LEAST_BATCH


def on_cpu(facts: ModelFacts, settings: LlamaSettings, batch: int) -> bool:
    """Whether the CPU computes with the weights on the host: for short batches, and with --no-op-offload."""
    on_gpu, _ = on_device(settings, len(facts.layers))
    aside = any(group.host for group in left_on_host(facts, settings))
    return (aside or not all(on_gpu)) and not is_copied(settings, batch)


def of_weights(facts: ModelFacts, settings: LlamaSettings, batch: int, cached: int) -> int:
    """Bytes on the GPU for a batch through layers with weights on the host, without masks; 0 if nothing is copied.

    One tensor is copied at a time, and the next into its place. cached: bytes of copies of a layer's cache. Exact to
    1 MiB for experts and feed-forward weights of models without recurrent layers, whose caches are on the GPU; else
    an upper bound.
    """
    on_gpu, _ = on_device(settings, len(facts.layers))
    aside = left_on_host(facts, settings)
    groups = [group if on else _all(facts, layer) for layer, (group, on) in enumerate(zip(aside, on_gpu, strict=True))]
    largest = max((group.largest for group in groups), default=0)
    if not largest or not is_copied(settings, batch):
        return 0
    w, unit = activations.Widths.of(facts), FLOAT * batch
    if w.used and facts.experts:
        inner, outer = w.used * w.expert, w.used * w.embedding
        width = 4 * w.embedding + inner + max(inner, outer) + (7 * w.embedding if w.inner else 0)
        return largest + unit * (width + (w.query if cached else 0)) + cached
    dense = unit * w.feed_forward
    return largest + 2 * dense + 4 * unit * w.embedding + (dense if dense > largest else 0)


def without_caches(facts: ModelFacts, settings: LlamaSettings, batch: int) -> int:
    """Bytes more on the GPU if no cache is there, for results of experts that do not fit between copies: at most."""
    w = activations.Widths.of(facts)
    return 0 if settings.kv_offload else FLOAT * batch * (w.used + 4) * w.embedding * bool(w.used)


def of_caches(facts: ModelFacts, layers: Layers, context: Context, settings: LlamaSettings) -> int:
    """Bytes of the copy of a layer's KV cache that is on the host: attention is computed on the GPU nevertheless.
    With MLA it is copied twice, as K and as V.
    """
    devices = caches_on_device(settings, len(layers.all))
    sizes = cache_of(layers, context, settings).by_layer
    return max((size for size, on in zip(sizes, devices, strict=True) if not on), default=0) * (1 + is_mla(facts))


def _all(facts: ModelFacts, layer: int) -> Group:
    groups = [found[layer] for found in (facts.experts, facts.feed_forward) if layer < len(found)]
    size = facts.layers[layer]
    # What is not known, such as in facts that were written before: no tensor is larger than its layer.
    return Group(size.host, size.device, max((group.largest for group in groups), default=size.device))
