"""The same key twice."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView


@rule("values/duplicate-key")
def check(view: ValuesView) -> Iterator[Violation]:
    """A finding for each repeated key, at its second place."""
    for twice in view.values.repeated:
        first = f"first in line {twice.first.line}"
        message = f"the key is there twice, {first}; Helm would take the second and say nothing"
        yield Violation(twice.path, message, "keep one of the two, with the keys of both", twice.again)
