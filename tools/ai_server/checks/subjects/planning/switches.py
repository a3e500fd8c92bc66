"""llama-server's flags without a value, and those that leave weights and caches in the memory of the machine."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.forms import LLAMA_ON
from ai_server.checks.subjects.presets import Preset
from ai_server.memory.settings import LlamaSettings

NEGATIVE = ("no-", "nkvo", "nr", "nocb")
"""How the spellings that turn a flag off begin (common/arg.cpp of b11434)."""
ALL = -1
ON_HOST = "CPU"
"""The buffer of --override-tensor that is in the memory of the machine; all others are on a GPU."""
UNKNOWN = "."
"""A pattern of all tensors, of which a plan cannot say where they are."""


def switch(preset: Preset, flag: str, default: bool = False) -> bool:
    """Whether a flag without a value is on. Its negative spelling turns it off; in models.ini and in variables it has a
    value, which a negative spelling reverses (common/preset.cpp, common/arg.cpp of b11434).
    """
    return next(_set(preset, flag), default)


def _set(preset: Preset, flag: str) -> Iterator[bool]:
    """What sets a flag, by precedence: extraArgs, the model's flags, variables."""
    known, server = flags_of("llama-server"), preset.server
    name = known.canonical(f"--{flag}")
    for argument in reversed(server.extra):
        if argument.name == name:
            yield not _is_negative(argument.flag)
    for written, value in reversed(preset.flags.items()):
        if known.of_preset(written.lstrip("-")) == name:
            on = value in LLAMA_ON or (value == "" and not server.router)
            yield on != _is_negative(written)
    variable = known.known[name].env
    if variable and variable.replace("LLAMA_ARG_", "LLAMA_ARG_NO_", 1) in server.env:
        yield False
    if variable and isinstance(server.env.get(variable), str):
        yield server.env[variable] in LLAMA_ON


def _is_negative(written: str) -> bool:
    return written.lstrip("-").startswith(NEGATIVE)


def moved(preset: Preset, settings: LlamaSettings) -> LlamaSettings:
    """Settings with what flags leave in the memory of the machine."""
    return replace(
        settings,
        n_cpu_moe=ALL if switch(preset, "cpu-moe") else _count(preset, "n-cpu-moe"),
        n_cpu_ffn=_count(preset, "n-cpu-ffn"),
        on_host=_patterns(preset, "override-tensor"),
        kv_offload=switch(preset, "kv-offload", True),
        op_offload=switch(preset, "op-offload", True),
    )


def moved_draft(preset: Preset, settings: LlamaSettings) -> LlamaSettings:
    """The same of the draft model, which has flags of its own for weights (common/speculative.cpp of b11434)."""
    return replace(
        settings,
        n_cpu_moe=ALL if switch(preset, "cpu-moe-draft") else _count(preset, "n-cpu-moe-draft"),
        n_cpu_ffn=0,
        on_host=_patterns(preset, "override-tensor-draft"),
    )


def _count(preset: Preset, flag: str) -> int:
    text = preset.read(flag)[0]
    return int(text) if text.isdecimal() else 0


def _patterns(preset: Preset, flag: str) -> tuple[str, ...]:
    """The patterns of tensors that stay on the host, and UNKNOWN for those that are elsewhere."""
    parts = [part.partition("=") for part in preset.read(flag)[0].split(",") if part]
    return tuple(pattern if buffer == ON_HOST else UNKNOWN for pattern, _, buffer in parts)
