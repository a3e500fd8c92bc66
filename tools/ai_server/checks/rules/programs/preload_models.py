"""Models that Speaches is to download without a network."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs


@rule("programs/preload-models")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding where models are named and the hub is off."""
    for each in programs(view):
        named = str(each.env.get("PRELOAD_MODELS", "")).strip()
        if each.program == "speaches" and named not in ("", "[]") and each.env.get("HF_HUB_OFFLINE") == "1":
            message = "Speaches would download these before it starts, and is offline: it ends"
            yield Violation(each.env_key("PRELOAD_MODELS"), message, "take it out, and put the models into hubCache")
