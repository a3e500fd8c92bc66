"""Settings of the page that win for ever."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView


@rule("programs/persistent-config")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning where it is on."""
    if view.get("openwebui", "persistentConfig") and view.get("openwebui", "enabled"):
        message = "the first start copies these values, and later changes of them are not heard"
        yield Violation(("openwebui", "persistentConfig"), message, "write false, or waive it if the page is to win")
