"""A way of loading weights that the build does not know."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Severity, Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import programs

REMOVED_AT = 10875
"""llama.cpp pull request 28334 took the old flags out."""
SURELY_WITHOUT = 7500
"""Builds below are of 2025; --load-mode came in the middle of 2026 (pull request 20834), it is not known with which."""
OLD = ("mmap", "no-mmap", "mlock", "direct-io", "no-direct-io")
OLD_ENV = ("LLAMA_ARG_MMAP", "LLAMA_ARG_NO_MMAP", "LLAMA_ARG_MLOCK", "LLAMA_ARG_DIO")
FIX = "take it out, and set server.loadMode: none, mmap, mlock or dio"


@rule("programs/load-mode-flag")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such flag, variable and preset that does not fit the build: a warning where it may fit."""
    for each in programs(view):
        if each.program != "llama-server":
            continue
        build = each.build
        wrong = OLD if build >= REMOVED_AT else ("load-mode", "lm")
        env = OLD_ENV if build >= REMOVED_AT else ("LLAMA_ARG_LOAD_MODE",)
        maybe = SURELY_WITHOUT <= build < REMOVED_AT
        ends, passes = ("may not know", "may pass over") if maybe else ("ends at", "passes over")
        severity: Severity = "warning" if maybe else "error"
        for flag, _ in each.flags:
            if flag.lstrip("-") in wrong and (keys := each.argument_key(flag))[-1] != "extraArgs":
                yield Violation(keys, f"llama.cpp b{build} {ends} {flag}", FIX, severity=severity)
        for name in each.env:
            if name in env:
                yield Violation(each.env_key(name), f"llama.cpp b{build} {passes} {name}", FIX, severity=severity)
        for preset in presets_of(each):
            for name in preset.flags:
                if name in wrong and preset.key(name)[-1] == name:
                    yield Violation(preset.key(name), f"llama.cpp b{build} {ends} --{name}", FIX, severity=severity)
