"""An error of the schema in words, with the rule that it breaks and its fix."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.engine.as_map import ENTRIES, empty_entry, misindented
from ai_server.checks.engine.chart_schema import places
from ai_server.checks.engine.fixes import as_text, fixed, glued, renamed
from ai_server.checks.engine.unknown_keys import unknown_keys
from ai_server.checks.subjects import model_paths
from ai_server.checks.subjects.from_secret import OF_A_MODEL
from ai_server.checks.subjects.odd_values import odd_value
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys
from ai_server.reading.schema_errors import Choices, Form, Range, SchemaError, Types, Wanted
from ai_server.reading.wording import describe, seen
from ai_server.reading.yamlscalars import scalar
from ai_server.reading.yamlscalars import written as as_written

CONTROL = re.compile("[\x07\x08\t\x0b\x0c\r]|\n(?=.)")
HELMS_OWN = {"common"}
"""Helm's key for the values of the library chart, which has none."""
NULL = Types(("null",))
Plain = Mapping[Keys, str]
"""The text of each scalar without quotes, as written."""


def explained(plain: Plain, error: SchemaError) -> Iterator[tuple[str, Violation]]:
    """The rule and the violation of an error, or several of them for a map with several invalid keys."""
    path = error.path
    if error.branches:
        yield from _alternatives(plain, error)
    elif error.keyword == "additionalProperties":
        known = sorted(set(error.schema.get("properties", {})) - HELMS_OWN)
        unknown = {key: error.instance[key] for key in sorted(set(error.keys) - HELMS_OWN)}
        yield from unknown_keys(places(), path, unknown, known)
    elif error.keyword == "required":
        [key] = error.keys
        # a null deletes the chart's default, so the key is missing
        yield ("null", _null((*path, key))) if (*path, key) in plain else ("missing-key", _missing((*path, key)))
    elif error.keys:
        yield "bad-form", _bad_name(error)
    elif error.keyword == "type" and error.instance is None:
        yield "null", _null(path)
    else:
        yield _wrong_value(plain, error, error.wanted)


def _null(path: Keys) -> Violation:
    if len(path) == 3 and path[1] in ENTRIES:
        return empty_entry(path)
    null = Violation(path, "is null, which deletes the default").remove(certain=False)
    return replace(null, fix="omit the key to keep the default, or set a value")


def _missing(path: Keys) -> Violation:
    return Violation(path, f"{path[-1]} is missing", f"add {path[-1]}: to {dotted(path[:-1])}")


def _bad_name(error: SchemaError) -> Violation:
    [name] = error.keys
    keys, message = (*error.path, name), f'"{name}" is not {describe(error.wanted)}'
    right = renamed(error.wanted, name)
    if not right:
        return fixed(Violation(keys, message), error.wanted, name)
    rename = Violation(keys, message).move((*error.path, right))
    if error.path[1:] == ("nodes",) and "." in name:
        # an entry is the name of its node, unless it has one
        node = Change("set", (*error.path, right, "node"), name.lower())
        fix = f"{rename.fix}, with the node's full name in node: {name.lower()}"
        return replace(rename, fix=fix, changes=(*rename.changes, node))
    return rename


def _alternatives(plain: Plain, error: SchemaError) -> Iterator[tuple[str, Violation]]:
    """Of several allowed forms: the one that the value is closest to, or all of them if it is close to none."""
    deeper = [
        below
        for below in error.branches
        if len(below.path) > len(error.path) or below.keyword == "additionalProperties"
    ]
    if any(below.wanted == NULL for below in error.branches):
        # null is not what was meant
        for below in error.branches:
            yield from explained(plain, below) if below.wanted != NULL else ()
        return
    # the type is right, but something else is not
    of_right_type = [below for below in error.branches if below.keyword != "type"]
    if deeper:
        for below in deeper:
            yield from explained(plain, below)
    elif error.instance is None:
        yield "null", _null(error.path)
    elif of_right_type:
        yield _wrong_value(plain, of_right_type[0], of_right_type[0].wanted)
    else:
        yield _wrong_value(plain, error, error.wanted)


def _cause(path: Keys, value: str, text: str, error: SchemaError) -> tuple[str, Violation] | None:
    """What makes a text invalid, if that is how it is written; text: as in the file without quotes, or ""."""
    if path and (odd := odd_value(path, text)):
        if odd.changes and error.keyword == "type" and "string" not in error.schema["type"]:
            odd = odd.use(scalar(odd.changes[0].value), certain=odd.changes[0].certain)
        return "odd-character", odd
    is_path = bool(model_paths.kind(path) or re.match("[A-Za-z]:", value))
    if is_path and not text and (control := CONTROL.search(value)):
        message = f"YAML reads {json.dumps(control[0])[1:-1]} in double quotes as one character"
        return "yaml-surprise", Violation(path, message, "use / between folders, without quotes")
    known = error.schema.get("properties", ()) if error.schema.get("type") == "object" else ()
    keys = glued(Violation(path, ""), value, known, elsewhere=places().locations)
    return ("wrong-type", keys) if keys else None


RULES: dict[type[Wanted], str] = {Range: "out-of-range", Form: "bad-form", Choices: "not-allowed"}


def _wrong_value(plain: Plain, error: SchemaError, wanted: Wanted) -> tuple[str, Violation]:
    """A scalar, list or map that is invalid; the rule depends on the text in the file."""
    path, value, text = error.path, error.instance, plain.get(error.path, "")
    if isinstance(value, str) and (rule_and_cause := _cause(path, value, text, error)):
        return rule_and_cause
    a_scalar = isinstance(value, bool | int | float)
    message = f"must be {describe(wanted)}, but is {seen(value)}"
    if a_scalar and text not in ("", as_written(value)):
        message = f"must be {describe(wanted)}, but YAML reads {text} as {seen(value)}"
    if a_scalar and isinstance(wanted, Types) and "string" in wanted.names:
        unit = error.schema.get("x-unit", "")
        return "yaml-surprise", as_text(Violation(path, message), text or as_written(value), unit)
    if isinstance(value, str) and {"name", "key"} == error.schema.get("properties", {}).keys():
        return "wrong-type", Violation(path, message, f"use {OF_A_MODEL}: a Secret, and the key in it")
    if len(path) == 3 and path[1] in ENTRIES and path[2] in error.schema.get("properties", ()):
        return "wrong-type", misindented(path, plain)
    violation = fixed(Violation(path, message), wanted, value)
    if "x-ask" in error.schema and not violation.changes:
        violation = replace(violation, fix=f"use {error.schema['x-ask']}")
    return RULES.get(type(wanted), "wrong-type"), violation
