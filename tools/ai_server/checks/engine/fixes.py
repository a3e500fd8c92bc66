"""What to write instead of a value that the schema refuses."""

import re
from typing import Any

from ai_server.checks.engine.corrections import corrected
from ai_server.near import choice
from ai_server.reading.schema_errors import Choices, Form, Range, Types, Wanted
from ai_server.reading.wording import choice as shown
from ai_server.reading.wording import describe


def fix(wanted: Wanted, value: Any) -> str:
    """How to write a value so that it is what the schema wants."""
    match wanted:
        case Choices(values):
            return f"write {choice(value, map(shown, values)) or describe(wanted)}"
        case Range(least, most):
            return _in_range(least, most)
        case Form():
            return _of_form(wanted, value)
        case Types(names):
            return _of_type(names, value) or f"write {describe(wanted)}"
    return "write a single value" if isinstance(value, dict | list) else f"write {describe(wanted)}"


def as_text(written: str, unit: str) -> str:
    """How to write a number or the like where text is wanted, or an amount with a unit."""
    if unit:
        return f"write {written}{unit}: without a unit it would be bytes"
    return f'put it in quotes: "{written}"'


def _in_range(least: Any, most: Any) -> str:
    if least is not None and most is not None:
        return f"write a number from {least} to {most}"
    return f"write {least} or more" if most is None else f"write {most} or less"


def _of_form(form: Form, value: Any) -> str:
    """Corrected, if that can be done, else like the example."""
    if isinstance(value, str) and "\n" in value.strip() and re.search(form.pattern, value.replace("\n", " ")):
        return "write it in one line, with \\n where it breaks"
    if isinstance(value, str) and (right := corrected(form.pattern, value)):
        return f"write {right}"
    if "://" in str(value) and re.search(form.pattern, "/a b"):
        return "mount it on each node, and write the folder there"
    return f"write it like {form.example}" if form.example else f"write {form.write or describe(form)}"


def _of_type(names: tuple[str, ...], value: Any) -> str:
    if isinstance(value, str) and {"integer", "number"} & set(names) and re.search(r"\d", value):
        return "write it without quotes and units"
    if value in ("true", "false") and "boolean" in names:
        return "write it without quotes"
    if "array" in names:
        a_map = isinstance(value, dict)
        return "write a list, each entry on a line that begins with '- '" if a_map else f"write [{value}]"
    if "object" in names:
        return "write its keys below it, or {key: value}"
    return "write a single value" if isinstance(value, dict | list) else ""
