"""A flag that the program does not know."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.rules.programs.load_mode_flag import OLD
from ai_server.checks.subjects.presets import presets
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

WITH_FLAGS = ("llama-server", "vllm", "comfyui", "litellm")
BY_BUILD = {"fit", "load-mode", "lm", *OLD}
"""Flags that depend on the build: programs/load-mode-flag looks at it."""
TAKE_OUT = "take it out"


@rule("programs/unknown-flag")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each flag in extraArgs and in the flags of a model."""
    for each in programs(view):
        if each.program not in WITH_FLAGS:
            continue
        for argument in each.parsed:
            keys = each.extra_key(argument)
            view.count("flags")
            if keys and argument.flag and not argument.name and argument.flag.lstrip("-") not in BY_BUILD:
                yield _found(keys, argument.flag, each)
    for preset in presets(view):
        known = flags_of("llama-server")
        for name in preset.flags:
            view.count("flags")
            # a command line has long flags; models.ini also short ones and variables
            main = known.of_preset(name) if preset.server.router else known.canonical(f"--{name}")
            if not main and name not in BY_BUILD and preset.key(name)[-1] == name:
                yield _found(preset.key(name), f"--{name}", preset.server)


def _found(keys: Keys, flag: str, each: ProgramContainer) -> Violation:
    known = flags_of(each.program)
    verb = "ends at" if each.same_version else "does not know"
    since = known.removed(flag)
    if since:
        return Violation(
            keys, f"{each.version} {verb} {flag}, which was removed: {since}", TAKE_OUT, severity=each.severity
        )
    near = known.of_preset(flag.lstrip("-")) or known.near(flag)
    hint = f"; did you mean {near}?" if near else ""
    message = f"{each.version} {verb} {flag}{', which it does not know' if each.same_version else ''}{hint}"
    written = near.lstrip("-") if keys[-1] == flag.lstrip("-") else near
    fix = f"write {written}" if near else f"{TAKE_OUT}, or take a build that knows it"
    return Violation(keys, message, fix, severity=each.severity)
