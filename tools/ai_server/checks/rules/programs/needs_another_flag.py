"""A flag that does nothing, or ends the program, without another."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Severity, Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs

PAIRS: dict[str, tuple[str, str, Severity]] = {
    "--enable-auto-tool-choice": ("--tool-call-parser", "vLLM ends without --tool-call-parser", "error"),
    "--tool-call-parser": ("--enable-auto-tool-choice", "vLLM calls no tools by itself", "warning"),
}
"""By flag: the other one, what happens without it, and how bad that is: validate_parsed_serve_args."""


@rule("programs/needs-another-flag")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such flag of vLLM that stands alone."""
    for each in programs(view):
        if each.program != "vllm":
            continue
        there = {each.canonical(flag): flag for flag, _ in each.flags}
        for flag, (other, why, severity) in PAIRS.items():
            view.count("flags that need another")
            if flag in there and other not in there:
                fix = "take it out, and write toolCallParser: hermes, or what the model wants"
                keys = each.argument_key(there[flag])
                yield Violation(keys, f"{why} beside {there[flag]}", fix, severity=severity)
