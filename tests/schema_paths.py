"""The parts of the chart's schema for a path of the values."""

import json
from collections.abc import Iterator
from typing import Any

from ai_server.paths import CHART
from ai_server.reading.profiles import Keys

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())


def nodes(value: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """A value and every value below it, with their paths."""
    yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from nodes(item, (*path, key))


def dotted(path: Keys) -> str:
    """rocm.models.chat.file"""
    return ".".join(str(key) for key in path)


def schemas(path: Keys) -> list[dict[str, Any]]:
    """The schemas of a path: every branch that may apply; [] for an unknown path."""
    found = _branches(SCHEMA)
    for key in path:
        found = [branch for node in found for branch in _below(node, key)]
    return found


def declared(path: Keys) -> bool:
    """Whether the chart defines the last key of a path; False for a name that users choose."""
    return any(path[-1] in node.get("properties", {}) for node in schemas(path[:-1]))


def _below(node: dict[str, Any], key: str | int) -> list[dict[str, Any]]:
    if isinstance(key, int):
        inner = node.get("items")
    else:
        inner = node.get("properties", {}).get(key, node.get("additionalProperties"))
    return _branches(inner) if isinstance(inner, dict) else []


def _branches(node: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in node:
        return _branches(SCHEMA["$defs"][node["$ref"].removeprefix("#/$defs/")])
    parts = [
        branch for word in ("anyOf", "oneOf", "allOf") for part in node.get(word, []) for branch in _branches(part)
    ]
    return [node, *parts]
