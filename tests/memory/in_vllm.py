"""Runs in vLLM's Python: builds models without weights, and answers with what vLLM itself computes of their KV cache.

Each line of the standard input is a JSON object: a folder with a config.json, arguments of the engine, and the amounts
of memory to try. It uses no packages but vLLM's, whose import takes half a minute, so that all models share one process.
"""

import json
import os
import sys
import tempfile

os.environ |= {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "CRITICAL"}
LAYOUT = "LBNHC"
"""The layout of the cache with FlashAttention on a GPU."""


def main():
    """Answers each line of the standard input."""
    for line in sys.stdin:
        try:
            answer = measured(**json.loads(line))
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:800]}
        print("ANSWER" + json.dumps(answer), flush=True)


def measured(folder, arguments, bytes, block):
    """The groups of the layers, the block, and for some amounts of bytes the blocks, and the longest context."""
    import torch
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.v1.core import kv_cache_utils

    # with these instructions, a CPU keeps states in 32 bits, which a GPU does not
    torch.cpu._is_avx512_bf16_supported = lambda: False
    torch.cpu._is_amx_tile_supported = lambda: False
    engine = AsyncEngineArgs(model=folder, skip_tokenizer_init=True, block_size=block, **arguments)
    config = engine.create_engine_config()
    config.cache_config.kv_cache_layout = LAYOUT
    specs = cache_specs(config)
    # two batches at once, as on a GPU; building a model may switch that off again
    config.scheduler_config.async_scheduling = True
    groups = kv_cache_utils.get_kv_cache_groups(config, dict(specs))
    block_bytes = kv_cache_utils._pool_bytes_per_block(groups)
    return {
        "layers": len(specs),
        "model_len": config.model_config.max_model_len,
        "in_flight": config.max_in_flight_tokens,
        "block": config.cache_config.block_size,
        "block_bytes": block_bytes,
        "groups": [[type(group.kv_cache_spec).__name__, len(group.layer_names)] for group in groups],
        "least": kv_cache_utils._max_memory_usage_bytes_from_groups(config, groups) + block_bytes,
        "blocks": [blocks(config, specs, amount) for amount in bytes],
        "longest": [
            kv_cache_utils._estimate_max_model_len_from_groups(config, groups, amount - block_bytes) for amount in bytes
        ],
    }


def cache_specs(config):
    """What each layer of the model keeps."""
    import torch
    from vllm.config import get_layers_from_vllm_config, set_current_vllm_config
    from vllm.distributed import parallel_state
    from vllm.model_executor.layers.attention_layer_base import AttentionLayerBase
    from vllm.model_executor.model_loader.utils import initialize_model
    from vllm.platforms import current_platform

    with set_current_vllm_config(config):
        if not torch.distributed.is_initialized():
            parallel_state.init_distributed_environment(1, 0, f"file://{tempfile.mkdtemp()}/meet", 0, "gloo")
        # models with experts need one more group than others
        parallel_state.destroy_model_parallel()
        parallel_state.initialize_model_parallel(1, 1)
        before = torch.get_default_dtype()
        torch.set_default_dtype(config.model_config.dtype)
        try:
            with torch.device("meta"):
                initialize_model(config)
        finally:
            torch.set_default_dtype(before)
        current_platform.update_block_size_for_backend(config)
        layers = get_layers_from_vllm_config(config, AttentionLayerBase)
        # layers that share the cache of another one have none, as in GPUModelRunner.get_kv_cache_spec
        own = {
            name: layer for name, layer in layers.items() if not getattr(layer, "kv_sharing_target_layer_name", None)
        }
        return {name: spec for name, layer in own.items() if (spec := layer.get_kv_cache_spec(config)) is not None}


def blocks(config, specs, amount):
    """The blocks of a pool, or why vLLM refuses to start with it."""
    from vllm.v1.core import kv_cache_utils

    try:
        return kv_cache_utils.get_kv_cache_configs(config, [dict(specs)], [amount])[0].num_blocks
    except ValueError as error:
        return str(error)[:200]


main()
