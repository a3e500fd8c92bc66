"""Writes values as YAML: on one line."""

import math
import re
from typing import Any

import yaml

from ai_server.reading.yamlscalars import scalar, written

PLAIN = re.compile(r"(?:[\w./]|-(?=[\w-]))[\w./:@%+=~-]*( [\w./:@%+=~-]+)*(?<!:)")
"""Texts that need no quotes, if they are not a number, a boolean or null: they hold nothing that YAML interprets."""


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
