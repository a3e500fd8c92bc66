"""What the layers of a safetensors model keep for each token and sequence, from its config.json.

Names and defaults are those of Hugging Face's config.json; how they become layers is read from the models of
vLLM 0.30.0 (vllm/model_executor/models) and compared with them by tests/memory/test_vllm_memory.py.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Literal

from ai_server.memory.folder_config import Config

Kind = Literal["full", "sliding", "chunked", "mla", "state"]
SLIDING_ALWAYS = ("mistral", "mixtral", "starcoder2", "phi3")
"""Models whose layers all have the window of the config."""
PATTERNS = {"gemma2": 2, "gpt_oss": 2, "gemma3_text": 6, "cohere2": 4, "gemma3n_text": 5}
"""One layer of so many attends to all tokens, the others to a window, if the config does not list the layers:
transformers 5.24, models/*/configuration_*.py."""
SSM_DTYPES = {
    "nemotron_h": "mamba_ssm_cache_dtype",
    **dict.fromkeys(("qwen3_5_text", "qwen3_5_moe_text", "qwen3_5", "qwen3_5_moe"), "mamba_ssm_dtype"),
}
"""Where these models' configs have the type of their states; the others' have that of the model:
vllm/model_executor/models/config.py, update_mamba_ssm_cache_dtype."""
MLA = "kv_lora_rank"


@dataclass(frozen=True)
class Layers:
    """Layers that keep the same.

    full, sliding, chunked: kv_heads x (key + value) numbers per token, of the last window tokens if that is not 0;
    mla: one vector of key numbers per token; state: conv and ssm numbers per sequence, whatever its length, the latter
    in ssm_dtype ("": as the others).
    """

    kind: Kind
    count: int
    kv_heads: int = 0
    key: int = 0
    value: int = 0
    window: int = 0
    conv: int = 0
    ssm: int = 0
    ssm_dtype: str = ""


def layers_of(config: Config) -> tuple[Layers, ...]:
    """The layers of a model, grouped by what they keep; UserError if a key is missing that this depends on."""
    kept = kinds_of(config)
    shared = config.number("num_kv_shared_layers", default=0)
    counts = Counter(kept[: len(kept) - shared])
    if config.model_type == "falcon_h1":
        counts["mamba"] = config.layers
    groups = [group for kind, count in counts.items() if (group := _group(config, kind, count)) is not None]
    return tuple(groups)


def kinds_of(config: Config) -> list[str]:
    """The kind of each layer, by the words of layer_types: full_attention, sliding_attention, ..."""
    layers = config.layers
    for name in ("layer_types", "layers_block_type"):
        if words := config.words(name):
            return [_word(config, word) for word in words[:layers]]
    if pattern := config.keys.get("hybrid_override_pattern"):
        signs = {"M": "mamba", "*": "full_attention"}
        return [signs.get(sign, "none") for sign in str(pattern)]
    if every := config.number("full_attention_interval", default=4 if config.model_type == "qwen3_next" else 0):
        return _every(layers, every, "linear_attention")
    if period := config.number("attn_layer_period", default=0):
        at = config.number("attn_layer_offset", default=0)
        return ["full_attention" if layer % period == at else "mamba" for layer in range(layers)]
    if indices := config.keys.get("attn_layer_indices"):
        chosen = indices if isinstance(indices, list) else []
        return ["full_attention" if layer in chosen else "mamba" for layer in range(layers)]
    if every := config.number("sliding_window_pattern", default=PATTERNS.get(config.model_type, 0)):
        return _every(layers, every, "sliding_attention")
    if config.number("attention_chunk_size", default=0):
        return _every(layers, config.number("no_rope_layer_interval", default=4), "chunked_attention")
    if config.model_type in ("mamba", "mamba2"):
        return ["mamba"] * layers
    slides = config.number("sliding_window", default=0) and config.model_type in SLIDING_ALWAYS
    return ["sliding_attention" if slides else "full_attention"] * layers


def _every(layers: int, every: int, others: str) -> list[str]:
    """Full attention in one layer of so many, the last of each."""
    return list(islice(cycle([*[others] * (every - 1), "full_attention"]), layers))


def _word(config: Config, word: str) -> str:
    """The word of layer_types for a kind that a config names differently, or that has no window after all."""
    if word == "attention":
        return "full_attention"
    if word == "sliding_attention" and not config.number("sliding_window", default=0):
        return "full_attention"
    return word


def _group(config: Config, kind: str, count: int) -> Layers | None:
    """The layers of a kind; None if they keep nothing."""
    if kind == "full_attention":
        return _full(config, count)
    if kind in ("sliding_attention", "chunked_attention"):
        heads, size = _kv_heads(config), config.head_dim
        name = "sliding_window" if kind == "sliding_attention" else "attention_chunk_size"
        what: Kind = "sliding" if kind == "sliding_attention" else "chunked"
        return Layers(what, count, heads, size, size, window=config.number(name))
    if kind in ("linear_attention", "mamba", "conv"):
        return _state(config, kind, count)
    return None


def _full(config: Config, count: int) -> Layers:
    if rank := config.number(MLA, default=0):
        return Layers("mla", count, 1, rank + config.number("qk_rope_head_dim"))
    size = config.number("global_head_dim", default=config.head_dim)
    heads = config.number("num_global_key_value_heads", default=_kv_heads(config))
    return Layers("full", count, heads, size, config.number("v_head_dim", default=size))


def _kv_heads(config: Config) -> int:
    """num_key_value_heads, with the names of vLLM's model_arch_config_convertor.py, else all heads."""
    names = ("num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num", "num_attention_groups")
    return config.number(*names, default=config.heads) or config.heads


def _state(config: Config, kind: str, count: int) -> Layers:
    """Sizes as in vllm/model_executor/layers/mamba/mamba_utils.py, MambaStateShapeCalculator."""
    if kind == "conv":
        return Layers(
            "state", count, conv=config.number("conv_dim", default=config.hidden) * (config.number("conv_L_cache") - 1)
        )
    dtype = str(config.keys.get(SSM_DTYPES.get(config.model_type, "")) or "")
    if config.model_type in SSM_DTYPES and not dtype and config.model_type.startswith("nemotron"):
        dtype = "float32"
    if kind == "linear_attention":
        keys = config.number("linear_num_key_heads") * config.number("linear_key_head_dim")
        heads, value = config.number("linear_num_value_heads"), config.number("linear_value_head_dim")
        conv = (2 * keys + heads * value) * (config.number("linear_conv_kernel_dim") - 1)
        return Layers(
            "state", count, conv=conv, ssm=heads * value * config.number("linear_key_head_dim"), ssm_dtype=dtype
        )
    states = config.number("mamba_d_state", "ssm_state_size", "state_size")
    kernel = config.number("mamba_d_conv", "conv_kernel", "mamba_d_conv", default=4) - 1
    heads = config.number("mamba_n_heads", "mamba_num_heads", "num_heads", default=0)
    if not heads:
        inner = config.number("intermediate_size" if config.model_type == "mamba" else "mamba_inner", default=0)
        inner = inner or config.number("mamba_expand", "expand", default=2) * config.hidden
        return Layers("state", count, conv=inner * kernel, ssm=inner * states, ssm_dtype=dtype)
    size = config.number("mamba_d_head", "mamba_head_dim", "head_dim")
    groups = config.number("mamba_n_groups", "n_groups", default=1)
    conv = (heads * size + 2 * groups * states) * kernel
    return Layers("state", count, conv=conv, ssm=heads * size * states, ssm_dtype=dtype)
