"""A shared name that nobody shares."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import routes_of


@rule("routes/unused-shared-name")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each name with a single backend."""
    for index, name in enumerate(view.get("litellm", "routing", "sharedNames") or []):
        view.count("shared names")
        if len(routes_of(view, name)) == 1:
            keys = ("litellm", "routing", "sharedNames", index)
            yield Violation(keys, f"{name} has one backend: nothing is shared", "take it out")
