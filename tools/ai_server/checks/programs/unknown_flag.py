"""A flag that the program does not know."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.checks.running import presets, running
from ai_server.flags import flags_of

RULE = Rule(
    "A flag that the program does not know",
    why="llama-server, vLLM, ComfyUI and LiteLLM end at once at a flag that they do not know. The flags are read from"
    " the programs themselves (tools/ai_server/flags/), each file with its version.",
    wrong="rocm:\n  extraArgs: [--thread-http, '8']",
    right="rocm:\n  extraArgs: [--threads-http, '8']",
)
WITH_FLAGS = ("llama-server", "vllm", "comfyui", "litellm")
MADE_BY_CHART = {"no-mmap", "mlock", "direct-io", "load-mode", "fit"}
"""Flags that depend on the build: older builds have others than the version that was read."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each flag in extraArgs and in the flags of a model."""
    for each in running(context):
        if each.program not in WITH_FLAGS:
            continue
        known = flags_of(each.program)
        for flag, _ in each.flags:
            context.count("flags")
            name = flag.lstrip("-")
            if not known.knows(flag) and name not in MADE_BY_CHART and each.argument_key(flag)[-1] != "extraArgs":
                yield _found(each.argument_key(flag), flag, each.program)
    for preset in presets(context):
        known = flags_of("llama-server")
        for name in preset.flags:
            context.count("flags")
            if name not in MADE_BY_CHART and not known.knows(f"--{name}") and preset.key(name)[-1] == name:
                yield _found(preset.key(name), f"--{name}", "llama-server")


def _found(keys: tuple[str | int, ...], flag: str, program: str) -> Found:
    known = flags_of(program)
    near = known.near(flag)
    hint = f"; did you mean {near}?" if near else ""
    message = f"{program} {known.version} ends at {flag}, which it does not know{hint}"
    return Found(keys, message, f"write {near.lstrip('-') if keys[-1] == flag.lstrip('-') else near}" if near else "")
