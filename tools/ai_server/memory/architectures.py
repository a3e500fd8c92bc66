"""What llama.cpp's code, and not the model's file, says about an architecture: read from src/ of build b11434."""

from typing import NamedTuple


class Pattern(NamedTuple):
    """Which layers have sliding window attention, unless the file has a pattern of its own.

    every: each n-th layer is full, the others are not; dense_first: the first of each n, not the last. window: the
    code's own, which replaces the file's (forced) or stands in for it; without one, the file's key decides.
    """

    every: int
    dense_first: bool = False
    window: int = 0
    forced: bool = False


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SLIDING = {
    "afmoe": Pattern(4),
    "cohere2": Pattern(4),
    "cohere2moe": Pattern(4, dense_first=True),
    "exaone-moe": Pattern(4, window=128),
    "exaone4": Pattern(4, window=4096),
    "gemma2": Pattern(2, window=4096),
    "gemma3": Pattern(6),
    "gemma3n": Pattern(5),
    "gpt-oss": Pattern(2),
    "laguna": Pattern(4, dense_first=True),
    "llama4": Pattern(4, window=8192, forced=True),
    "mellum": Pattern(4),
    "muse-glimmer": Pattern(4),
    "olmo2": Pattern(4),
    "plamo3": Pattern(8),
    "smallthinker": Pattern(4, dense_first=True, window=4096, forced=True),
}
"""Source: load_swa_pattern() and n_swa in src/models/<architecture>.cpp."""
PATTERN_IN_FILE = _names("dflash dots3note gemma4 gemma4-assistant granite_swa maple mimo2 spark2_5 step35")
"""Their file has a value per layer. Source: get_arr(LLM_KV_ATTENTION_SLIDING_WINDOW_PATTERN) in src/models."""
ONLY_WITH_LAYERS = {"exaone4": 64}
"""Sliding window attention only in the model with that many layers. Source: src/models/exaone4.cpp."""
RECURRENT = _names("mamba mamba2 rwkv6 rwkv6qwen2 rwkv7 arwkv7")
"""All layers are recurrent. Source: llm_arch_is_recurrent() in src/llama-arch.cpp."""
HYBRID_BY_HEADS = _names(
    "jamba plamo2 granitehybrid lfm2 lfm2moe nemotron_h nemotron_h_moe kimi-linear bailingmoe3 kimi-k3 glm5-next"
)
"""A layer without KV heads is recurrent. Source: is_recr_impl in src/models/<architecture>.cpp."""
HYBRID_BY_INTERVAL = {"qwen3next": 4, "qwen35": 4, "qwen35moe": 4, "qwen4exp": 4, "minimax-01": 8}
"""Each n-th layer is full attention, unless the file says otherwise. Source: the same."""
KV_IN_ALL_AND_RECURRENT = frozenset({"falcon-h1"})
"""Each layer has both. Source: create_memory() in src/llama-model.cpp."""
TRUNK_ONLY_HYBRIDS = frozenset({*HYBRID_BY_INTERVAL, "glm5-next"})
"""Hybrids whose layers for drafts have no KV in the main context. Source: the same."""
NO_CACHE = _names(
    "bert jina-bert-v2 jina-bert-v3 nomic-bert nomic-bert-moe neo-bert eurobert wavtokenizer-dec modern-bert"
    " gemma-embedding dream llada llada-moe rnd1 clef"
)
"""Without any cache. Source: the same."""
NO_OUTPUT = _names(
    "bert jina-bert-v2 jina-bert-v3 nomic-bert nomic-bert-moe neo-bert eurobert modern-bert clef clip eagle3 dflash"
)
"""Without output weights, and so without a copy of the token embedding. Source: src/models/<architecture>.cpp."""
TWO_EMBEDDINGS = _names("gemma3n gemma4")
"""Have the token embedding twice even on the host, because the output is loaded first. Source: the same."""
INDEXERS = _names("deepseek32 glm-dsa hy_v4 dots3note minimax-m3 glm5-next qwen4exp")
"""A cache of an indexer's keys too. Source: src/llama-kv-cache-dsa.cpp, -msa.cpp, src/llama-memory-hybrid-idx.cpp."""
INDEXER_ROWS = {"glm5-next": 3, "qwen4exp": 2}
"""Keys in a row of the indexer's cache, where it pools them. Source: indexer_kpool_row in src/models."""
ROLLBACK = _names(
    "kimi-k3 qwen35 qwen35moe qwen4exp deepseek4 glm5-next nemotron_h nemotron_h_moe lfm2 lfm2moe bailingmoe3"
)
"""Keep a recurrent state per drafted token. Source: llm_arch_supports_rs_rollback() in src/llama-arch.cpp."""
FULL_ATTENTION = _names(
    "llama deci falcon grok gpt2 gptj gptneox mpt baichuan starcoder refact bloom stablelm qwen qwen2 qwen2moe qwen2vl"
    " qwen3 qwen3moe qwen3vl qwen3vlmoe phi2 phi3 phimoe plamo codeshell orion internlm2 minicpm minicpm3 gemma"
    " starcoder2 xverse command-r dbrx olmo olmoe openelm arctic deepseek deepseek2 deepseek2-ocr deepseek32 chatglm"
    " glm4 glm4moe glm-dsa bitnet t5 t5encoder jais jais2 nemotron exaone granite granitemoe graniteswitch chameleon"
    " plm bailingmoe bailingmoe2 dots1 arcee ernie4_5 ernie4_5-moe hunyuan-moe hunyuan-dense hunyuan_vl hy_v3 hy_v4"
    " smollm3 seed_oss grovemoe apertus hrm_text minimax-m2 minimax-m3 cogvlm pangu-embedded mistral3 eagle3 mistral4"
    " paddleocr llama-embed maincoder talkie nanbeige qwen3tts pockettts deepseek4 clip"
)
"""The other architectures. Source: LLM_ARCH_NAMES in src/llama-arch.cpp."""
UNPLANNED = _names("deepseek4")
"""Have caches that no formula here describes: src/llama-kv-cache-dsv4.cpp."""
KNOWN = frozenset(
    {*FULL_ATTENTION, *SLIDING, *PATTERN_IN_FILE, *RECURRENT, *HYBRID_BY_HEADS, *HYBRID_BY_INTERVAL}
    | KV_IN_ALL_AND_RECURRENT
    | NO_CACHE
)
"""All architectures of that build."""
