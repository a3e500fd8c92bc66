"""Texts that are invalid because of how they are written: with odd characters, as keys without a space."""

import json
import re
from collections.abc import Collection
from dataclasses import replace

from ai_server.checks.core.model import Violation
from ai_server.checks.subjects import model_paths
from ai_server.checks.subjects.odd_values import odd_value
from ai_server.reading.profiles import Keys
from ai_server.reading.schema_errors import SchemaError
from ai_server.reading.yamlscalars import scalar
from ai_server.reading.yamltext import flow

CONTROL = re.compile("[\x07\x08\t\x0b\x0c\r]|\n(?=.)")
GLUED = re.compile(r"([A-Za-z_]\w*)(:(?=\S)| *= *| +)(\S+)")
"""A key and its value in a text, with what is between them."""
VARIABLE = re.compile(r"\b[A-Z][A-Z0-9_]*(?==)")


def cause_of(
    path: Keys, value: str, text: str, error: SchemaError, elsewhere: Collection[str]
) -> tuple[str, Violation] | None:
    """What makes a text invalid, if that is how it is written; text: as in the file without quotes, or ""."""
    if path and (odd := odd_value(path, text)):
        if odd.changes and error.keyword == "type" and "string" not in error.schema["type"]:
            odd = odd.use(scalar(odd.changes[0].value), certain=odd.changes[0].certain)
        return "odd-character", odd
    if text.endswith((",", ";")):
        return "wrong-type", Violation(path, f"{text[-1]} is part of the value").use(scalar(text[:-1].rstrip()))
    is_path = bool(model_paths.kind(path) or re.match("[A-Za-z]:", value))
    if is_path and not text and (control := CONTROL.search(value)):
        message = f"YAML reads {json.dumps(control[0])[1:-1]} in double quotes as one character"
        return "yaml-surprise", Violation(path, message, "use / between folders, without quotes")
    known = error.schema.get("properties", ()) if error.schema.get("type") == "object" else ()
    if path[-1:] == ("extraEnv",):
        known = VARIABLE.findall(value)
    keys = glued_keys(Violation(path, ""), value, known, elsewhere)
    return ("wrong-type", keys) if keys else None


def glued_keys(violation: Violation, text: str, known: Collection[str], elsewhere: Collection[str]) -> Violation | None:
    """The violation for a text in place of a map that is meant as keys: port:8080, port=8080, port 8080.

    known: the keys of the map; elsewhere: all others, of which a number shows that they are keys.
    """
    words = re.findall(GLUED, text) if known and re.fullmatch(f"({GLUED.pattern}\\s*)+", text) else []
    keys = {key: scalar(value) for key, _, value in words}
    meant = all(key in known or (key in elsewhere and not isinstance(value, str)) for key, value in keys.items())
    if not words or not meant or len(keys) < len(words):
        return None
    wrong = {"": "a key needs a colon and a space after it", "=": "a key is followed by a colon, not by ="}
    message = wrong.get(words[0][1].strip(), "a colon needs a space after it")
    fix = f"use {', '.join(f'{key}: {flow(value)}' for key, value in keys.items())}"
    return replace(violation.use(keys), message=message, fix=fix)
