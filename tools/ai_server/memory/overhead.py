"""What a llama-server takes besides weights, caches and compute buffers: measured, or read from its source."""

from ai_server.memory.compute import EMBEDDING_FIXED
from ai_server.memory.kv import Context, layer_row
from ai_server.memory.layers import Layers
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import MIB

GPU_CONTEXT = 592 * MIB
"""Context and kernels of the GPU's library: 586 to 592 MiB in 93 starts (b11434, CUDA 13.0, H200), else unknown."""
WORKSPACE = 150 * MIB
"""More on the GPU after requests: 102 to 138 MiB with ubatch 512 to 2048 in the same starts, 178 without the pool."""
HOST_BASE = 380 * MIB
"""Resident on the host before requests, besides buffers: 317 to 375 MiB in the same starts."""
HOST_REQUESTS = 280 * MIB
"""More on the host after requests without a prompt cache: 34 to 278 MiB in the same starts."""
ANSWER = 40
"""Tokens of the context that the longest measured prompt left for its answer."""


def workspace(facts: ModelFacts, context: Context, settings: LlamaSettings) -> int:
    """More bytes on the GPU after requests.

    Without flash attention, a batch's attention scores are copied as f16; without the virtual memory pool, each longer
    copy gets a buffer 5 % larger than itself, and none is freed. Source: ggml_cuda_pool_leg in
    ggml/src/ggml-cuda/ggml-cuda.cu of b11434, which 8 measured prompts confirm to 1 %.
    """
    if settings.flash_attn:
        return WORKSPACE
    heads, batch = facts.number("attention.head_count", 0), context.ubatch
    prompt = max(context.sequence - ANSWER, 1)
    copies = ((min(batch, prompt - start), min(start + batch, context.sequence)) for start in range(0, prompt, batch))
    largest = total = 0
    for tokens, cells in copies:
        needed = 2 * heads * tokens * cells
        if needed > largest:
            largest = needed if settings.vmm_pool else needed * 105 // 100
            total = largest if settings.vmm_pool else total + largest
    return WORKSPACE + total


def growth(facts: ModelFacts, context: Context, settings: LlamaSettings) -> int:
    """More bytes on the host after requests: embeddings of a batch keep a row of logits per token in older builds."""
    if settings.embedding and settings.build < EMBEDDING_FIXED:
        row = 4 * (facts.vocabulary + facts.number("embedding_length"))
        return HOST_REQUESTS + context.ubatch * row
    return HOST_REQUESTS


def checkpoints(layers: Layers, context: Context, settings: LlamaSettings) -> int:
    """Bytes on the host of all context checkpoints, if all slots have as many as they may.

    One holds the window's cells of the SWA cache and the recurrent state of a sequence. Source: state_write() in
    src/llama-kv-cache.cpp, create_checkpoint() in tools/server/server-context.cpp of b11434.
    """
    cells = 0 if settings.swa_full else min(layers.window, context.sequence)
    rows = [layer_row(layer, layers, settings) * cells for layer in layers.all if layer.cells == "swa"]
    states = [4 * layer.state for layer in layers.all]
    return (sum(rows) + sum(states)) * settings.ctx_checkpoints * context.slots
