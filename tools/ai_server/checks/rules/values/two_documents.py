"""A values file of several YAML documents."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView


@rule("values/two-documents")
def check(view: ValuesView) -> Iterator[Violation]:
    """A finding at each file's second document."""
    for document in view.values.documents:
        if document.second:
            message = "a second YAML document begins here: Helm 3 ignores it, Helm 4 lays it over the first"
            yield Violation((), message, "take the line --- out, or write a file of its own for it", document.second)
