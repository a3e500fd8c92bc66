"""values/duplicate-key: a key twice in one map; Helm silently takes the last."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Finding, dotted


def check(context: Context) -> Iterator[Finding]:
    """A finding for each repeated key, at its second place."""
    for twice in context.values.repeated:
        yield Finding(
            "values/duplicate-key",
            "error",
            twice.again.file,
            twice.again.line,
            twice.again.column,
            dotted(twice.path),
            f"the key is there twice, first in line {twice.first.line}; Helm would take the second and say nothing",
            "keep one of the two, with the keys of both",
        )
