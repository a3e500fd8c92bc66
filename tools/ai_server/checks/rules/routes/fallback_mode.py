"""A fallback to another kind of model."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import modes


@rule("routes/fallback-mode")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such pair."""
    kinds = modes(view)
    aliases = view.get("litellm", "routing", "aliases") or {}
    for name, others in (view.get("litellm", "routing", "fallbacks") or {}).items():
        real = aliases.get(name, name)
        for index, other in enumerate(others):
            view.count("fallbacks")
            keys = ("litellm", "routing", "fallbacks", name, index)
            target = aliases.get(other, other)
            if target == real:
                yield Violation(keys, f"{name} would fall back to itself", "take it out")
            elif real in kinds and target in kinds and kinds[real] != kinds[target]:
                yield Violation(
                    keys, f"{name} is for {kinds[real]}, {other} for {kinds[target]}", "take one of its kind"
                )
