"""Fixes for values that the schema rejects."""

import re
from typing import Any

from ai_server.checks.engine.corrections import corrected
from ai_server.near import choice
from ai_server.reading.schema_errors import Choices, Form, Range, Types, Wanted
from ai_server.reading.wording import choice as shown
from ai_server.reading.wording import describe


def fix(wanted: Wanted, value: Any) -> str:
    """The fix that makes a value valid."""
    match wanted:
        case Choices(values):
            return f"use {choice(value, map(shown, values)) or describe(wanted)}"
        case Range(least, most):
            return _in_range(least, most)
        case Form():
            return _of_form(wanted, value)
        case Types(names):
            return _of_type(names, value) or f"use {describe(wanted)}"
    return "use a single value" if isinstance(value, dict | list) else f"use {describe(wanted)}"


def as_text(written: str, unit: str) -> str:
    """The fix for a number or the like where text is required, or an amount with a unit."""
    if unit:
        return f"use {written}{unit}: without a unit it would be bytes"
    return f'put it in quotes: "{written}"'


def _in_range(least: Any, most: Any) -> str:
    if least is not None and most is not None:
        return f"use a number from {least} to {most}"
    return f"use {least} or more" if most is None else f"use {most} or less"


def _of_form(form: Form, value: Any) -> str:
    """The corrected value if possible, else the example."""
    if isinstance(value, str) and "\n" in value.strip() and re.search(form.pattern, value.replace("\n", " ")):
        return "put it on one line, with \\n for line breaks"
    if isinstance(value, str) and (right := corrected(form.pattern, value)):
        return f"use {right}"
    if "://" in str(value) and re.search(form.pattern, "/a b"):
        return "mount it on each node, and use the folder there"
    return f"use the form of {form.example}" if form.example else f"use {form.write or describe(form)}"


def _of_type(names: tuple[str, ...], value: Any) -> str:
    if isinstance(value, str) and {"integer", "number"} & set(names) and re.search(r"\d", value):
        return "remove the quotes and the unit"
    if value in ("true", "false") and "boolean" in names:
        return "remove the quotes"
    if "array" in names:
        a_map = isinstance(value, dict)
        return "use a list, with each entry on a line that starts with '- '" if a_map else f"use [{value}]"
    if "object" in names:
        return "add its keys below it, or use {key: value}"
    return "use a single value" if isinstance(value, dict | list) else ""
