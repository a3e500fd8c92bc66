"""A flag that the program does not know."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.facts import flags_of
from ai_server.checks.rules.programs.load_mode_flag import OLD
from ai_server.checks.subjects.running import Running, presets, running
from ai_server.reading.profiles import Keys

RULE = Rule(
    "A flag that the program does not know",
    why="llama-server, vLLM, ComfyUI and LiteLLM end at once at a flag that they do not know. The flags are read from"
    " the programs themselves (tools/ai_server/checks/facts), each file with its version: it is a warning when an image"
    " of another version runs.",
    wrong="rocm:\n  extraArgs: [--thread-http, '8']",
    right="rocm:\n  extraArgs: [--threads-http, '8']",
)
WITH_FLAGS = ("llama-server", "vllm", "comfyui", "litellm")
BY_BUILD = {"fit", "load-mode", "lm", *OLD}
"""Flags that depend on the build: programs/load-mode-flag looks at it."""
TAKE_OUT = "take it out"


def check(context: Context) -> Iterator[Found]:
    """A finding for each flag in extraArgs and in the flags of a model."""
    for each in running(context):
        if each.program not in WITH_FLAGS:
            continue
        for argument in each.parsed:
            keys = each.extra_key(argument)
            context.count("flags")
            if keys and argument.flag and not argument.name and argument.flag.lstrip("-") not in BY_BUILD:
                yield _found(keys, argument.flag, each)
    for preset in presets(context):
        known = flags_of("llama-server")
        for name in preset.flags:
            context.count("flags")
            # a command line has long flags; models.ini also short ones and variables
            main = known.of_preset(name) if preset.running.router else known.canonical(f"--{name}")
            if not main and name not in BY_BUILD and preset.key(name)[-1] == name:
                yield _found(preset.key(name), f"--{name}", preset.running)


def _found(keys: Keys, flag: str, each: Running) -> Found:
    known = flags_of(each.program)
    verb = "ends at" if each.same_version else "does not know"
    since = known.removed(flag)
    if since:
        return Found(
            keys, f"{each.version} {verb} {flag}, which was removed: {since}", TAKE_OUT, severity=each.severity
        )
    near = known.of_preset(flag.lstrip("-")) or known.near(flag)
    hint = f"; did you mean {near}?" if near else ""
    message = f"{each.version} {verb} {flag}{', which it does not know' if each.same_version else ''}{hint}"
    written = near.lstrip("-") if keys[-1] == flag.lstrip("-") else near
    fix = f"write {written}" if near else f"{TAKE_OUT}, or take a build that knows it"
    return Found(keys, message, fix, severity=each.severity)
