"""The weights of a model in memory: on the GPU and on the host, exact for llama.cpp b11434."""

from ai_server.memory import architectures as known
from ai_server.memory.aside import left_on_host
from ai_server.memory.layers import Layers
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.tensors import Size

DRAFT_IN_FILE = frozenset({"draft-mtp"})
"""Speculative decoding that needs the layers for drafts in the model's own file (load_mtp in common/common.cpp)."""


def on_device(settings: LlamaSettings, layers: int) -> tuple[tuple[bool, ...], bool]:
    """Which layers are on the GPU, and whether the output is. Source: load_tensors() in src/llama-model.cpp."""
    if settings.accelerator == "cpu":
        return (False,) * layers, False
    asked = settings.n_gpu_layers
    count = layers + 1 if asked is None or asked < 0 else min(asked, layers + 1)
    first = layers + 1 - count
    return tuple(index >= first for index in range(layers)), count > 0


def caches_on_device(settings: LlamaSettings, layers: int) -> tuple[bool, ...]:
    """Which layers have their cache or state on the GPU: those that are there; with --no-kv-offload none.

    Source: create_memory() in src/llama-model.cpp.
    """
    return tuple(on and settings.kv_offload for on in on_device(settings, layers)[0])


def weights(facts: ModelFacts, layers: Layers, settings: LlamaSettings) -> Size:
    """Bytes of weights on the host and on the GPU.

    The input layer stays on the host, and what flags leave there; a model without output weights has its token
    embedding a second time. Layers for drafts are only loaded for them. Source: load_tensors() in src/llama-model.cpp,
    create_tensor() in src/llama-model-loader.cpp.
    """
    devices, output_on_device = on_device(settings, len(layers.all))
    host, device = facts.input.host, 0
    for index, (size, aside) in enumerate(zip(facts.layers, left_on_host(facts, settings), strict=True)):
        if index < len(layers.all) and layers.all[index].draft and settings.speculative not in DRAFT_IN_FILE:
            continue
        if index < len(devices) and devices[index]:
            device += size.device - aside.device
            host += aside.host
        else:
            host += size.host
    tied = not facts.own_output and facts.architecture not in known.NO_OUTPUT
    output = facts.output + (facts.embedding if tied else Size())
    if output_on_device:
        return Size(host, device + output.device)
    # On the host, both uses of a token embedding share one tensor in nearly all architectures.
    shared = facts.embedding.host if tied and facts.architecture not in known.TWO_EMBEDDINGS else 0
    return Size(host + output.host - shared, device)
