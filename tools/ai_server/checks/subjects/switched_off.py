"""The switch that takes a model away: what is told of a name that nobody serves, where there is one."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.context import Context
from ai_server.reading.profiles import Keys


def switch(context: Context, name: str) -> Keys:
    """The key that is false, and without which the name would be served; () where there is none."""
    for entry in _entries(context, name):
        for length in range(1, len(entry) + 1):
            keys = (*entry[:length], "enabled")
            if context.get(*keys) is False and context.given(*keys):
                return keys
    return ()


def _entries(context: Context, name: str) -> Iterator[Keys]:
    """The entries of the values that bring a model of that name, whether they are on or off."""
    if isinstance(_map(context, "rocm", "models").get(name), dict):
        yield ("rocm", "models", name)
        for node in _map(context, "rocm", "nodes"):
            yield ("rocm", "nodes", node)
    for node in _map(context, "thor", "nodes"):
        of_node: Keys = ("thor", "nodes", node)
        names = context.effective(of_node, "vllm", "servedNames")
        model = str(context.effective(of_node, "vllm", "model") or "")
        if name in (names or [model.rpartition("/")[2]]):
            yield from ((*of_node, "vllm"), ("thor", "vllm"))
        for place in (of_node, ("thor",)):
            if name in _map(context, *place, "speech", "models"):
                yield from ((*place, "speech", "models", name), (*of_node, "speech"))
    for key, model in _map(context, "litellm", "models").items():
        if isinstance(model, dict) and name in (key, model.get("name")):
            yield ("litellm", "models", key)


def _map(context: Context, *keys: str | int) -> dict[str, Any]:
    value = context.get(*keys)
    return value if isinstance(value, dict) else {}
