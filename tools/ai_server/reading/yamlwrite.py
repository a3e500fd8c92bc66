"""Writes values as YAML, on one line or in block style."""

import math
import re
from typing import Any

import yaml

from ai_server.reading.yamlscalars import scalar, written

PLAIN = re.compile(r"(?:[\w./]|-(?=[\w-]))[\w./:@%+=~-]*( [\w./:@%+=~-]+)*(?<!:)")
"""Texts that need no quotes, if they are not a number, a boolean or null: they hold nothing that YAML interprets."""

LONGEST = 80
"""The longest map or list of plain values to write on one line, between lines in block style."""


def block(value: Any) -> list[str]:
    """The lines of a map or a list in block style; short ones in it stay on one line."""
    lines: list[str] = []
    for name, inner in value.items() if isinstance(value, dict) else ((None, item) for item in value):
        below = block(inner) if is_deep(inner) else []
        if name is None:
            lines += [f"- {below[0]}", *(f"  {line}" for line in below[1:])] if below else [f"- {flow(inner)}"]
        else:
            lines += [f"{flow(name)}:", *(f"  {line}" for line in below)] if below else [f"{flow(name)}: {flow(inner)}"]
    return lines


def is_deep(value: Any) -> bool:
    """Whether a value is a map or a list that is too long for a line, or has others in it."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(items) and (len(flow(value)) > LONGEST or any(isinstance(item, dict | list) and item for item in items))


def flow(value: Any) -> str:
    """A value as YAML on one line: {key: [a, "b c: d"]}."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if not isinstance(value, str):
        return written(value)
    plain = PLAIN.fullmatch(value) and scalar(value) == value
    if plain:
        return value
    quoted: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=math.inf)
    return quoted.rstrip("\n")
