"""A values file of several YAML documents."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A values file of several YAML documents",
    needs="values",
    severity="warning",
    why="After a line `---` a second document begins. Helm 3 silently ignores it, Helm 4 lays it over the first: the"
    " same file means two things.",
    wrong="rocm:\n  port: 8080\n---\nlitellm:\n  port: 4000",
    right="rocm:\n  port: 8080\nlitellm:\n  port: 4000",
)


def check(context: Context) -> Iterator[Found]:
    """A finding at each file's second document."""
    for document in context.values.documents:
        if document.second:
            message = "a second YAML document begins here: Helm 3 ignores it, Helm 4 lays it over the first"
            yield Found((), message, "take the line --- out, or write a file of its own for it", document.second)
