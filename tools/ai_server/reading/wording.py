"""The words for what a schema allows, and for a value. No code reads them back."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ai_server.reading.schema_errors import Choices, Form, Range, Types, Wanted
from ai_server.reading.yamlscalars import written

LINE_BREAK = "\n"
TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map of keys",
    "array": "a list",
    "null": "empty",
}


def describe(wanted: Wanted) -> str:
    """What the schema allows: "a whole number", "one of all, auto", "at least 1 (and the reason)"."""
    match wanted:
        case Types(names):
            return types(names)
        case Choices((only,)):
            return choice(only)
        case Choices(values):
            return f"one of {', '.join(map(choice, values))}"
        case Range(least, most, too_large, why):
            bound = f"at most {most}" if too_large else f"at least {least}"
            return f"{bound} ({why})" if why else bound
        case Form(description=description):
            return description or "of another form"
        case _:
            return f"what its description says: {wanted.description}" if wanted.description else "of another form"


def types(names: Iterable[str]) -> str:
    """The types of a schema: "text or a number"."""
    return " or ".join(TYPES[name] for name in names)


def choice(value: Any) -> str:
    """An allowed value, with quotes for the empty text."""
    return '""' if value == "" else str(value)


def seen(value: Any) -> str:
    """A value in a sentence: the text "abc", true, a list."""
    if value is None:
        return "empty (null)"
    if isinstance(value, str):
        return f'the text "{value[:60].replace(LINE_BREAK, " ")}"'
    return short(value)


def short(value: Any) -> str:
    """A value as in YAML: "abc", true, null; a list."""
    if isinstance(value, dict | list):
        return TYPES["object" if isinstance(value, dict) else "array"]
    return json.dumps(value) if isinstance(value, str) else written(value)


def plural(number: int, noun: str) -> str:
    """A number with its noun: 1 node, 2 nodes."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def enumerated(names: Sequence[str]) -> str:
    """Names in a sentence: a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
