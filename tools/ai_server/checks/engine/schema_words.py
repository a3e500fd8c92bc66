"""An error of the schema in words, with the rule that it breaks and its fix."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.secret_forms import is_name, parts_of
from ai_server.checks.engine.as_map import ENTRIES, empty_entry, misindented
from ai_server.checks.engine.chart_schema import places
from ai_server.checks.engine.fixes import as_text, fixed, renamed
from ai_server.checks.engine.other_forms import in_our_form
from ai_server.checks.engine.unknown_keys import glued_key, unknown_keys
from ai_server.checks.engine.written import cause_of
from ai_server.checks.subjects.from_secret import OF_A_MODEL
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys
from ai_server.reading.schema_errors import Choices, Form, Range, SchemaError, Types, Wanted
from ai_server.reading.wording import describe, seen
from ai_server.reading.yamlscalars import written as as_written

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
        yield from unknown_keys(places(), path, unknown, known, plain)
    elif error.keyword == "required":
        [key] = error.keys
        # a null deletes the chart's default, so the key is missing
        there = (*path, key)
        yield ("null", _null(there, plain[there])) if there in plain else ("missing-key", _missing(there))
    elif error.keys:
        yield "bad-form", _bad_name(error)
    elif error.keyword == "type" and error.instance is None:
        yield _nothing(plain, path)
    else:
        yield _wrong_value(plain, error, error.wanted)


def _nothing(plain: Plain, path: Keys) -> tuple[str, Violation]:
    """A key without a value, which may be a key and its value."""
    glued = glued_key(path) if plain.get(path) == "" else None
    return ("unknown-key", glued) if glued else ("null", _null(path, plain.get(path, "")))


def _null(path: Keys, text: str) -> Violation:
    if len(path) == 3 and path[1] in ENTRIES:
        return empty_entry(path, text)
    null = Violation(path, "is null, which deletes the default").remove(certain=False)
    return replace(null, fix="omit the key to keep the default, or set a value")


def _missing(path: Keys) -> Violation:
    return Violation(path, f"{path[-1]} is missing", f"add {path[-1]}: to {dotted(path[:-1])}")


def _bad_name(error: SchemaError) -> Violation:
    [name] = error.keys
    keys, message = (*error.path, name), f'"{name}" is not {describe(error.wanted)}'
    if "=" in name or any(parts_of(name, in_values=True)):
        # the rest is the value, perhaps a secret, which must not become part of a name
        return Violation(keys, message, "end the name before the '=' or ':', and put only its value after ': '")
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
    of_right_type = [below for below in error.branches if below.keyword != "type" and not _of_texts(below)]
    if deeper:
        for below in deeper:
            yield from explained(plain, below)
    elif error.instance is None:
        yield _nothing(plain, error.path)
    elif of_right_type:
        yield _wrong_value(plain, of_right_type[0], of_right_type[0].wanted)
    else:
        yield _wrong_value(plain, error, error.wanted)


def _of_texts(error: SchemaError) -> bool:
    """Whether a value that is not text is compared with texts."""
    texts = isinstance(error.wanted, Choices) and all(isinstance(value, str) for value in error.wanted.values)
    return texts and not isinstance(error.instance, str)


RULES: dict[type[Wanted], str] = {Range: "out-of-range", Form: "bad-form", Choices: "not-allowed"}


def _wrong_value(plain: Plain, error: SchemaError, wanted: Wanted) -> tuple[str, Violation]:
    """A scalar, list or map that is invalid; the rule depends on the text in the file."""
    path, value, text = error.path, error.instance, plain.get(error.path, "")
    if isinstance(value, str) and (cause := cause_of(path, value, text, error, places().locations)):
        return cause
    a_scalar = isinstance(value, bool | int | float)
    message = f"must be {describe(wanted)}, but is {seen(value)}"
    if a_scalar and text not in ("", as_written(value)):
        message = f"must be {describe(wanted)}, but YAML reads {text} as {seen(value)}"
    if a_scalar and isinstance(wanted, Types) and "string" in wanted.names:
        unit = error.schema.get("x-unit", "")
        return "yaml-surprise", as_text(Violation(path, message), text or as_written(value), unit)
    if isinstance(value, str) and {"name", "key"} == error.schema.get("properties", {}).keys():
        named = OF_A_MODEL.replace("my-secret", value) if is_name(value) else OF_A_MODEL
        return "wrong-type", Violation(path, message, f"use {named}: a Secret, and the key in it")
    if len(path) == 3 and path[1] in ENTRIES and path[2] in error.schema.get("properties", ()):
        return "wrong-type", misindented(path, plain)
    violation = in_our_form(Violation(path, message), value, text) or fixed(
        Violation(path, message), wanted, value, plain
    )
    if "x-ask" in error.schema and not violation.changes:
        violation = replace(violation, fix=f"use {error.schema['x-ask']}")
    return RULES.get(type(wanted), "wrong-type"), violation
