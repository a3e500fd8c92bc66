"""A name given twice."""

from collections import Counter
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.reading.profiles import Keys

RULE = Rule(
    "A name that is in one list twice",
    why="One of the two was meant to be another.",
    wrong="rocm:\n  nodes:\n    halo: {serve: [chat, chat]}",
    right="rocm:\n  nodes:\n    halo: {serve: [chat]}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each repeated name in serve, servedNames, sharedNames and fallbacks."""
    for keys in _lists(context):
        names = context.get(*keys) or []
        context.count("lists of names")
        for name, count in Counter(str(name) for name in names).items():
            if count > 1:
                last = len(names) - 1 - [str(each) for each in names][::-1].index(name)
                yield Found((*keys, last), f"{name} is in the list twice", "take one out, or write the other's name")


def _lists(context: Context) -> Iterator[Keys]:
    for name in context.get("rocm", "nodes") or {}:
        yield ("rocm", "nodes", name, "serve")
    for name in context.get("thor", "nodes") or {}:
        yield ("thor", "nodes", name, "vllm", "servedNames")
    yield ("thor", "vllm", "servedNames")
    yield ("litellm", "routing", "sharedNames")
    for name in context.get("litellm", "routing", "fallbacks") or {}:
        yield ("litellm", "routing", "fallbacks", name)
