"""Flags that a program does not know, that the chart already sets, or that belong elsewhere."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Severity, Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.presets import MODEL_KEYS, presets, presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

WITH_FLAGS = ("llama-server", "vllm", "comfyui", "litellm")
REMOVED_AT = 10875
"""llama.cpp pull request 28334 removed the old flags for loading."""
SURELY_WITHOUT = 7500
"""Builds below are from 2025. --load-mode came in mid-2026 (pull request 20834); the exact build is not known."""
OLD = ("mmap", "no-mmap", "mlock", "direct-io", "no-direct-io")
OLD_VARIABLES = ("LLAMA_ARG_MMAP", "LLAMA_ARG_NO_MMAP", "LLAMA_ARG_MLOCK", "LLAMA_ARG_DIO")
BY_BUILD = {"fit", "load-mode", "lm", *OLD}
"""Flags that depend on the build: programs/load-mode-flag checks them."""


@rule("programs/flag-twice")
def flag_twice(view: RenderView) -> Iterator[Violation]:
    """Compares extraArgs with the arguments before them, in any spelling."""
    for server in programs(view, *WITH_FLAGS):
        by_chart = {argument.name for argument in server.parsed if argument.name and not server.extra_key(argument)}
        for argument in server.extra:
            if argument.name in by_chart:
                advice = "set the key instead"
                if argument.name == "--device" and argument.values:
                    device = argument.values[0]
                    advice = f"set flags: {{device: {device}}} in the model, or gpuCount for several"
                message = f"the chart already sets {argument.name} from its own key"
                yield Violation(server.extra_key(argument), message, f"remove it, and {advice}")


@rule("programs/unknown-flag")
def unknown_flag(view: RenderView) -> Iterator[Violation]:
    """Looks at extraArgs and at the flags of each model."""
    for server in programs(view, *WITH_FLAGS):
        for argument in server.extra:
            if argument.flag and not argument.name and argument.flag.lstrip("-") not in BY_BUILD:
                yield _unknown(server.extra_key(argument), argument.flag, server)
    known = flags_of("llama-server")
    for preset in presets(view):
        for name in preset.flags:
            # a command line has long flags; models.ini also accepts short ones and variables
            main = known.of_preset(name) if preset.server.router else known.canonical(f"--{name}")
            if not main and name not in BY_BUILD and preset.key(name)[-1] == name:
                yield _unknown(preset.key(name), f"--{name}", preset.server)


def _unknown(keys: Keys, flag: str, server: ProgramContainer) -> Violation:
    known = flags_of(server.program)
    problem = f"{server.version} {'exits on' if server.same_version else 'does not know'}"
    if since := known.removed(flag):
        return Violation(keys, f"{problem} {flag}, which was removed: {since}", "remove it", severity=server.severity)
    near = known.of_preset(flag.lstrip("-")) or known.near(flag)
    hint = f"; did you mean {near}?" if near else ""
    written = near.lstrip("-") if keys[-1] == flag.lstrip("-") else near
    fix = f"use {written}" if near else "remove it, or use a build that supports it"
    message = f"{problem} {'the unknown flag ' if server.same_version else ''}{flag}{hint}"
    return Violation(keys, message, fix, severity=server.severity)


@rule("programs/router-flag")
def router_flag(view: RenderView) -> Iterator[Violation]:
    """Looks at flags of models, and their variables, on a router, which passes them on to each model."""
    known = flags_of("llama-server")
    of_models = {known.canonical(f"--{flag}") for flag in (*MODEL_KEYS, "alias")}
    variables = {known.known[flag].env for flag in of_models}
    fix = "set it in rocm.server, or at the model"
    for server in programs(view, "llama-server"):
        if server.router:
            for flag in of_models & server.by_flag.keys():
                for argument in server.by_flag[flag]:
                    message = f"{argument.flag} on a router's command line overrides the settings of every model"
                    yield Violation(server.argument_key(argument), message, fix)
            for variable in variables & server.env.keys():
                yield Violation(server.env_key(variable), f"{variable} of a router applies to every model", fix)


@rule("programs/own-key")
def own_key(view: RenderView) -> Iterator[Violation]:
    """Looks at the flags of a model, of a node's server and of all servers."""
    known = flags_of("llama-server")
    key_of = {known.canonical(f"--{flag}"): key for flag, key in MODEL_KEYS.items()}
    for preset in presets(view):
        for name in preset.own & preset.flags.keys():
            flag = known.canonical(f"--{name}") or known.canonical(f"-{name}")
            if flag in key_of:
                message = f"{name} has its own key, which routes and checks read"
                yield Violation(preset.key(name), message, f"use {key_of[flag]}", severity="warning")


@rule("programs/load-mode-flag")
def load_mode_flag(view: RenderView) -> Iterator[Violation]:
    """Looks at flags, variables and models; a warning where the build may support them."""
    fix = "remove it, and set server.loadMode: none, mmap, mlock or dio"
    for server in programs(view, "llama-server"):
        flags, variables = (OLD, OLD_VARIABLES) if server.build >= REMOVED_AT else _new_names()
        maybe = SURELY_WITHOUT <= server.build < REMOVED_AT
        on_flag, on_variable = ("may not know", "may ignore") if maybe else ("exits on", "ignores")
        severity: Severity = "warning" if maybe else "error"
        build = f"llama.cpp b{server.build}"
        for argument in server.extra:
            if argument.flag and argument.flag.lstrip("-") in flags:
                keys = server.extra_key(argument)
                yield Violation(keys, f"{build} {on_flag} {argument.flag}", fix, severity=severity)
        for name in server.env:
            if name in variables:
                yield Violation(server.env_key(name), f"{build} {on_variable} {name}", fix, severity=severity)
        for preset in presets_of(server):
            for name in preset.flags:
                if name in flags and (keys := preset.key(name))[-1] == name:
                    yield Violation(keys, f"{build} {on_flag} --{name}", fix, severity=severity)


def _new_names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    return ("load-mode", "lm"), ("LLAMA_ARG_LOAD_MODE",)
