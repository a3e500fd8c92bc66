"""The settings of programs that their memory depends on, as the programs read them."""

import re
from dataclasses import replace

from ai_server.checks.subjects.forms import LLAMA_ON
from ai_server.checks.subjects.planning.switches import moved, moved_draft, switch
from ai_server.checks.subjects.presets import Preset
from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.kube.amounts import whole
from ai_server.memory.settings import LlamaSettings, VllmSettings

SIZE = re.compile(r"(\d+(?:\.\d+)?)([kKmMgGtT]?)")
UNITS = {"": 1} | {letter: 1000**power for power, letter in enumerate("kmgt", 1)}
UNITS |= {letter.upper(): 1024**power for power, letter in enumerate("kmgt", 1)}
"""vLLM's own: 4k is 4000 and 4K is 4096 (vllm/engine/arg_utils.py, human_readable_int)."""
SLOTS_OF_AUTO = 4
"""llama-server without --parallel has four slots and a unified cache: tools/server/README.md of b11434."""


def of_llama(preset: Preset) -> LlamaSettings:
    """The settings of a model of a llama-server."""
    slots = _int(preset, "parallel", -1)
    layers = preset.read("n-gpu-layers")[0]
    on_cpu = preset.read("device")[0] == "none" or preset.server.accelerator == "cpu"
    chosen = LlamaSettings(
        ctx_size=_int(preset, "ctx-size", 0),
        parallel=slots if slots > 0 else SLOTS_OF_AUTO,
        kv_unified=switch(preset, "kv-unified") or slots <= 0,
        batch_size=_int(preset, "batch-size", 2048),
        ubatch_size=_int(preset, "ubatch-size", 512),
        cache_type_k=preset.read("cache-type-k")[0] or "f16",
        cache_type_v=preset.read("cache-type-v")[0] or "f16",
        flash_attn=preset.read("flash-attn")[0] in ("", "auto", *LLAMA_ON),
        swa_full=switch(preset, "swa-full"),
        embedding=switch(preset, "embedding") or switch(preset, "reranking"),
        n_gpu_layers=int(layers) if layers.isdecimal() and not on_cpu else None,
        load_mode=_load_mode(preset),
        cache_ram_mib=_int(preset, "cache-ram", 8192),
        ctx_checkpoints=_int(preset, "ctx-checkpoints", 32),
        draft_cache_type_k=preset.read("cache-type-k-draft")[0] or "f16",
        draft_cache_type_v=preset.read("cache-type-v-draft")[0] or "f16",
        speculative=_speculative(preset),
        drafted=_int(preset, "spec-draft-n-max", LlamaSettings.drafted),
        mmproj_offload=switch(preset, "mmproj-offload", True) and preset.read("mmproj-device")[0] != "none",
        accelerator="cpu" if on_cpu else preset.server.accelerator,
        build=preset.server.build,
    )
    return moved(preset, chosen)


def of_draft(preset: Preset, settings: LlamaSettings) -> LlamaSettings:
    """The settings of the draft model of a model with these settings, which has the context of its model."""
    layers = preset.read("n-gpu-layers-draft")[0]
    return replace(
        moved_draft(preset, settings),
        n_gpu_layers=int(layers) if layers.isdecimal() else None,
        cache_type_k=settings.draft_cache_type_k,
        cache_type_v=settings.draft_cache_type_v,
        cache_ram_mib=0,
        speculative="",
    )


def of_vllm(server: ProgramContainer) -> VllmSettings:
    """The settings of a vLLM."""
    usual = VllmSettings()
    shm = server.value("shmSize")
    return VllmSettings(
        max_model_len=int(number(server, "--max-model-len")),
        max_num_seqs=int(number(server, "--max-num-seqs", usual.max_num_seqs)),
        max_num_batched_tokens=int(number(server, "--max-num-batched-tokens")),
        kv_cache_bytes=int(number(server, "--kv-cache-memory-bytes")),
        gpu_memory_utilization=number(server, "--gpu-memory-utilization", usual.gpu_memory_utilization),
        kv_cache_dtype=_text(server, "--kv-cache-dtype", "auto"),
        dtype=_text(server, "--dtype", "auto"),
        enforce_eager="--enforce-eager" in server.by_flag,
        tensor_parallel=max(1, int(number(server, "--tensor-parallel-size", 1))),
        shm_bytes=whole(shm),
    )


def number(server: ProgramContainer, flag: str, default: float = 0) -> float:
    """The number of a flag of vLLM in any of its forms (16384, 16K); the default if there is none."""
    found = size(_text(server, flag, ""))
    return default if found is None else found


def size(text: str) -> float | None:
    """The number that vLLM reads in a text such as 16384 or 16K; None for a word."""
    found = SIZE.fullmatch(text)
    return float(found[1]) * UNITS[found[2]] if found else None


def _text(server: ProgramContainer, flag: str, default: str) -> str:
    values = [value for argument in server.by_flag.get(flag, []) for value in argument.values[:1]]
    return values[-1] if values else default


def _int(preset: Preset, flag: str, default: int) -> int:
    text = preset.read(flag)[0]
    return int(text) if re.fullmatch(r"-?\d+", text) else default


def _speculative(preset: Preset) -> str:
    """The kind of speculative decoding that uses a model, of a list of kinds: those with n-grams need none."""
    kinds = preset.read("spec-type")[0].split(",")
    return next((kind for kind in kinds if kind.startswith("draft-")), "")


def _load_mode(preset: Preset) -> str:
    """The load mode; builds before b10875 have a flag without a value for each."""
    older = {"no-mmap": "none", "mlock": "mlock", "direct-io": "dio"}
    if mode := preset.flags.get("load-mode"):
        return mode
    return next((mode for flag, mode in older.items() if flag in preset.flags), "mmap")
