"""A fallback to another kind of model."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.gateway import modes

RULE = Rule(
    "A fallback to a model of another kind, or to itself",
    why="A request for a chat that falls back to an embedding model fails as surely as without. One that falls back to"
    " the same model tries what has just failed.",
    wrong="rocm:\n  models: {embed: {file: gguf/embed.gguf, mode: embedding}}\n"
    "litellm:\n  routing: {fallbacks: {chat: [embed]}}",
    right="litellm:\n  routing: {fallbacks: {chat: [small], small: [chat]}}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each such pair."""
    kinds = modes(context)
    aliases = context.get("litellm", "routing", "aliases") or {}
    for name, others in (context.get("litellm", "routing", "fallbacks") or {}).items():
        real = aliases.get(name, name)
        for index, other in enumerate(others):
            context.count("fallbacks")
            keys = ("litellm", "routing", "fallbacks", name, index)
            target = aliases.get(other, other)
            if target == real:
                yield Found(keys, f"{name} would fall back to itself", "take it out")
            elif real in kinds and target in kinds and kinds[real] != kinds[target]:
                yield Found(keys, f"{name} is for {kinds[real]}, {other} for {kinds[target]}", "take one of its kind")
