"""A shared name that nobody shares."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.gateway import routes_of

RULE = Rule(
    "A shared name that one backend alone serves",
    severity="warning",
    why="sharedNames allows different weights under one name. One that nobody shares would hide the next clash.",
    wrong="litellm:\n  routing: {sharedNames: [chat]}",
    right="litellm:\n  routing: {sharedNames: [chat]}\n"
    "  models: {chat: {model: hosted_vllm/other, apiBase: http://more.lan:8000/v1}}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for each name with a single backend."""
    for index, name in enumerate(context.get("litellm", "routing", "sharedNames") or []):
        context.count("shared names")
        if len(routes_of(context, name)) == 1:
            keys = ("litellm", "routing", "sharedNames", index)
            yield Found(keys, f"{name} has one backend: nothing is shared", "take it out")
