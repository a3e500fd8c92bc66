"""Slots that no chat fits into."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets

LEAST_TOKENS = 512


@rule("programs/too-small-a-slot")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each chat model with fewer tokens a slot; 0 takes the model's own."""
    for preset in presets(view):
        tokens, slots = preset.number("ctx-size"), preset.number("parallel")
        if not tokens or not slots or "embedding" in preset.flags or "reranking" in preset.flags:
            continue
        view.count("slots")
        if tokens // slots < LEAST_TOKENS:
            keys = next((key for key in map(preset.key, ("parallel", "ctx-size")) if key != preset.entry), preset.entry)
            message = f"{preset.model} has {tokens // slots} tokens for each of {slots} requests"
            about = frozenset({"ctxSize", "parallel"})
            yield Violation(keys, message, f"write ctxSize: {slots * 4096}, or fewer slots", about=about)
