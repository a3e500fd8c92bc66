"""A flag that does nothing, or ends the program, without another."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule, Severity
from ai_server.checks.subjects.running import running

RULE = Rule(
    "A flag that needs another",
    why="vLLM ends at --enable-auto-tool-choice without a parser, and calls no tools by itself with a parser alone."
    " toolCallParser writes both.",
    wrong="thor:\n  vllm: {extraArgs: [--enable-auto-tool-choice]}",
    right="thor:\n  vllm: {toolCallParser: hermes}",
)
PAIRS: dict[str, tuple[str, str, Severity]] = {
    "--enable-auto-tool-choice": ("--tool-call-parser", "vLLM ends without --tool-call-parser", "error"),
    "--tool-call-parser": ("--enable-auto-tool-choice", "vLLM calls no tools by itself", "warning"),
}
"""By flag: the other one, what happens without it, and how bad that is: validate_parsed_serve_args."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each such flag of vLLM that stands alone."""
    for each in running(context):
        if each.program != "vllm":
            continue
        there = {each.canonical(flag): flag for flag, _ in each.flags}
        for flag, (other, why, severity) in PAIRS.items():
            context.count("flags that need another")
            if flag in there and other not in there:
                fix = "take it out, and write toolCallParser: hermes, or what the model wants"
                keys = each.argument_key(there[flag])
                yield Found(keys, f"{why} beside {there[flag]}", fix, severity=severity)
