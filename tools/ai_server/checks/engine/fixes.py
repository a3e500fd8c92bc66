"""Fixes for values that the schema rejects."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.engine.as_map import as_map, as_written
from ai_server.checks.engine.conversions import SHELL
from ai_server.checks.engine.corrections import corrected
from ai_server.near import choice
from ai_server.reading.edit import Change, at, changed, is_there
from ai_server.reading.profiles import Keys
from ai_server.reading.schema_errors import Choices, Form, Range, Types, Wanted
from ai_server.reading.wording import describe, short
from ai_server.reading.yamlscalars import scalar

DASHED = re.compile(r"-[^\s-]\S*( -[^\s-]\S*)*")
"""A text that is meant as items of a list."""


def fixed(
    violation: Violation, wanted: Wanted, value: Any, plain: Mapping[Keys, str] = MappingProxyType({})
) -> Violation:
    """A violation with the fix that makes the value at its key valid. plain: the text of each scalar without quotes."""
    match wanted:
        case Choices(values):
            right = choice(value, [text for text in values if isinstance(text, str)])
            return violation.use(right) if right else replace(violation, fix=f"use {describe(wanted)}")
        case Range(least, most):
            return replace(violation, fix=_in_range(least, most))
        case Form():
            return _of_form(violation, wanted, value)
        case Types(names):
            return _of_type(violation, names, value, plain) or replace(violation, fix=f"use {describe(wanted)}")
    fix = f"use one value in place of {short(value)}" if isinstance(value, dict | list) else f"use {describe(wanted)}"
    return replace(violation, fix=fix)


def as_text(violation: Violation, written: str, unit: str) -> Violation:
    """The same for a number or the like where text is required, or an amount with a unit."""
    if unit:
        amount = violation.use(f"{written}{unit}", certain=False)
        if unit == "s":
            return replace(amount, message=f"{written} has no unit, such as s, m or h", fix=f"use {written}s")
        return replace(amount, fix=f"use {written}{unit}: without a unit it would be bytes")
    return replace(violation.use(written), fix=f'put it in quotes: "{written}"')


def proposed(validator: Any, values: dict[str, Any], violation: Violation) -> Violation:
    """A violation whose changes are uncertain if the schema rejects what they write, and left out if they are
    impossible.
    """
    violation = not_onto_another(violation, values)
    if not violation.changes:
        return violation
    overwritten = [change.keys for change in violation.changes if change.op == "set" and change.keys != violation.keys]
    try:
        if any(is_there(values, keys) for keys in overwritten):
            return replace(violation, changes=())
        after = changed(values, *violation.changes)
    except (LookupError, TypeError):
        return replace(violation, changes=())
    written = {change.keys for change in violation.changes if change.op == "set"}
    moved = {change.to for change in violation.changes if change.op == "move"}  # what is below may be wrong already
    places = [place for error in validator.iter_errors(after) for place in _places(error)]
    if not any(place in moved or _is_below(place, written) for place in places):
        return violation
    changes = tuple(replace(change, certain=False) for change in violation.changes)
    return replace(violation, fix=f"perhaps {violation.fix.removeprefix('perhaps ')}", changes=changes)


def not_onto_another(violation: Violation, *values: dict[str, Any]) -> Violation:
    """A violation without a move to a key that exists, in one of the files with these values."""
    for change in violation.changes:
        for file in values:
            if change.op == "move" and is_there(file, change.keys) and is_there(file, change.to):
                return _merged(at(file, change.keys), at(file, change.to), violation, change)
    return violation


def _merged(below: Any, there: Any, violation: Violation, change: Change) -> Violation:
    """What to do with a key that belongs where another one is set: two maps without a common key are merged."""
    if not isinstance(below, dict) or not isinstance(there, dict) or below.keys() & there.keys():
        return replace(
            violation, fix=f"remove {_it(violation, change)} or {dotted(change.to)}, since both are set", changes=()
        )
    moves = [Change("move", (*change.keys, key), to=(*change.to, key), certain=False) for key in below]
    changes = (*moves, Change("remove", change.keys, certain=False))
    return replace(
        violation, fix=f"perhaps move what is below {_it(violation, change)} to {dotted(change.to)}", changes=changes
    )


def _it(violation: Violation, change: Change) -> str:
    return "it" if change.keys == violation.keys else dotted(change.keys)


def _places(error: Any) -> Iterator[Keys]:
    """Where an error is: at the unknown keys of a map, else at its path."""
    path = tuple(error.instance_path)
    unknown = getattr(error.kind, "unexpected", ()) if error.kind.name == "additionalProperties" else ()
    yield from ((*path, key) for key in unknown) if unknown else (path,)


def _is_below(path: Keys, places: set[Keys]) -> bool:
    return any(path[:length] in places for length in range(1, len(path) + 1))


def renamed(wanted: Wanted, name: str) -> str:
    """The name of an entry in a form that is allowed; "" if none is sure."""
    return corrected(wanted.pattern, name) if isinstance(wanted, Form) else ""


def _in_range(least: Any, most: Any) -> str:
    if least is not None and most is not None:
        return f"use a number from {least} to {most}"
    return f"use {least} or more" if most is None else f"use {most} or less"


def _of_form(violation: Violation, form: Form, value: Any) -> Violation:
    """The corrected value if possible, else the example."""
    if isinstance(value, str) and "\n" in value.strip() and re.search(form.pattern, value.replace("\n", " ")):
        return replace(violation, fix="put it on one line, with \\n for line breaks")
    if isinstance(value, str) and (right := corrected(form.pattern, value)):
        return violation.use(right, certain=right != f"/{value}")
    if "://" in str(value) and re.search(form.pattern, "/a b"):
        return replace(violation, fix="mount it on each node, and use the folder there")
    fix = f"use the form of {form.example}" if form.example else f"use {form.write or describe(form)}"
    return replace(violation, fix=fix)


def _of_type(violation: Violation, names: tuple[str, ...], value: Any, plain: Mapping[Keys, str]) -> Violation | None:
    if isinstance(value, str) and {"integer", "number", "boolean"} & set(names):
        number = scalar(value.strip())
        right = isinstance(number, bool) if "boolean" in names else isinstance(number, int)
        if right:
            return replace(used := violation.use(number), fix=f"{used.fix}, without quotes")
        if "boolean" not in names and (amount := in_units_of(str(violation.keys[-1]), value)) is not None:
            return violation.use(amount, certain=str(violation.keys[-1]).endswith(("Seconds", "MiB")))
        if re.search(r"\d", value) and "boolean" not in names:
            return replace(violation, fix="use a number, without quotes and unit")
    if "array" in names:
        if isinstance(value, dict):
            return replace(violation, fix="use a list, with each entry on a line that starts with '- '")
        if (
            isinstance(value, str)
            and DASHED.fullmatch(value)
            and violation.keys[-1] not in ("extraArgs", "args", "command")
        ):
            items = violation.use([word[1:] for word in value.split()], certain=False)
            return replace(items, fix=f"{items.fix}: a list item begins with a dash and a space")
        if isinstance(value, str) and violation.keys[-1] in ("extraArgs", "args", "command") and SHELL.search(value):
            return replace(violation, fix="use a list, with each word on a line that starts with '- '")
        return violation.use(_words(as_written(value, violation.keys, plain)))
    if "object" in names:
        return as_map(violation, value, plain)
    in_place = f"use one value in place of {short(value)}"
    return replace(violation, fix=in_place) if isinstance(value, dict | list) else None


UNITS = {
    "Seconds": {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400},
    "MiB": {"m": 1, "mi": 1, "mb": 1, "mib": 1, "g": 1024, "gi": 1024, "gb": 1024, "gib": 1024},
    "Size": (tokens := {"k": 1024, "ki": 1024, "m": 1024**2, "mi": 1024**2}),
    "Len": tokens,
}
"""What a unit is worth in keys that end with one; tokens are counted in Ki."""
THOUSANDS = re.compile(r"\d{1,3}([., _']\d{3})+")


def in_units_of(key: str, value: str) -> int | None:
    """The number that a value with a unit or with separators is at a key: 30m is 1800 in startupSeconds, and 131,072 is
    131072 everywhere. None if that is unknown.
    """
    if THOUSANDS.fullmatch(value.strip()):
        return int(re.sub(r"\D", "", value))
    written = re.fullmatch(r"\s*(\d+)\s*([A-Za-z]+)\s*", value)
    units = next((units for end, units in UNITS.items() if key.endswith(end)), {})
    return int(written[1]) * units[written[2].lower()] if written and written[2].lower() in units else None


def _words(value: Any) -> list[Any]:
    """The items of a list that was written as one value: --threads 8 is two."""
    if not isinstance(value, str):
        return [value]
    try:
        return shlex.split(value) if value.startswith("-") else [value]
    except ValueError:
        return [value]
