"""The same key twice."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A key twice in one map",
    needs="values",
    why="YAML forbids it, and Helm silently takes the last: everything below the first is lost.",
    wrong="litellm:\n  routing: {numRetries: 2}\n  routing: {allowedFails: 3}",
    right="litellm:\n  routing: {numRetries: 2, allowedFails: 3}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each repeated key, at its second place."""
    for twice in context.values.repeated:
        first = f"first in line {twice.first.line}"
        message = f"the key is there twice, {first}; Helm would take the second and say nothing"
        yield Found(twice.path, message, "keep one of the two, with the keys of both", twice.again)
