"""Slots that no chat fits into."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import presets

RULE = Rule(
    "Slots that no chat fits into",
    severity="warning",
    why="ctxSize is the context of all slots together: each request has ctxSize / parallel tokens, for the question"
    " and the answer. A longer one is cut off or refused.",
    wrong="rocm:\n  models:\n    chat: {ctxSize: 4096, parallel: 64}",
    right="rocm:\n  models:\n    chat: {ctxSize: 131072, parallel: 64}",
)
LEAST_TOKENS = 512


def check(context: Context) -> Iterator[Found]:
    """A warning for each chat model with fewer tokens a slot; 0 takes the model's own."""
    for preset in presets(context):
        tokens, slots = preset.number("ctx-size"), preset.number("parallel")
        if not tokens or not slots or "embedding" in preset.flags or "reranking" in preset.flags:
            continue
        context.count("slots")
        if tokens // slots < LEAST_TOKENS:
            keys = next((key for key in map(preset.key, ("parallel", "ctx-size")) if key != preset.entry), preset.entry)
            message = f"{preset.model} has {tokens // slots} tokens for each of {slots} requests"
            yield Found(keys, message, f"write ctxSize: {slots * 4096}, or fewer slots")
