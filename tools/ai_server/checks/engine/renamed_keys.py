"""Keys that people know from elsewhere: renamed_keys.yaml, a row each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.engine.as_map import LONGEST
from ai_server.checks.engine.conversions import nested, values_as
from ai_server.checks.engine.places import Places
from ai_server.checks.subjects.nodes import KINDS
from ai_server.reading.data import read_data
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys
from ai_server.reading.yamltext import flow

MOVES: dict[str, type | tuple[type, ...]] = {"env": (dict, list), "list": list, "words": list, "claim": dict}
"""The types of values that move as they are, although others are written in another way."""


def renamed_to(places: Places, path: Keys, value: Any, plain: str = "") -> Violation | None:
    """The violation for a key that was renamed or removed, with its value; plain: the text of that without quotes."""
    rows = list(_rows_for(path, value))
    row = next((row for row in rows if not _is_key(row) or _new_place(row["new"], path) in places), None)
    row = row or next(iter(rows), None)
    if not row:
        return None
    if not row["new"]:
        return _without_new(path, row)
    to = _new_place(row["new"], path) if _is_key(row) else ()
    to = tuple(PurePosixPath(str(value)).stem if key == "NAME" else key for key in to)
    new = row["new"] if not to else _below(to, path[:-1])
    message = row.get("is", f"is called {new} here")
    renamed = Violation(path, f"{message}: {row['why']}", row.get("fix") or f"use {new}{_read(row)}")
    if "value" in row and value is True:
        return _written(renamed, to, {(): row["value"]}, row)
    if "as" in row and (values := values_as(value, row["as"])):
        if row["as"] == "text" and not isinstance(value, str):
            row = {**row, "moves": "perhaps"}  # perhaps a number was meant: 010 is 8
            values = {(): plain} if plain else values
        return _written(renamed, path[:-1] if "around" in row else to, values, row)
    if not row.get("moves") or ("as" in row and not isinstance(value, MOVES.get(row["as"], ()))):
        return renamed
    certain = row["moves"] is True
    moved = replace(renamed, changes=(Change("move", path, to=to, certain=certain),))
    return moved if certain else replace(moved, fix=f"perhaps {moved.fix}")


def _without_new(path: Keys, row: dict[str, Any]) -> Violation:
    """The violation for a key without a counterpart, which can be removed if the row does not say more."""
    if "gone" not in row:
        removed = Violation(path, f"was removed: {row['why']}").remove()
        return replace(removed, fix=f"{removed.fix}{_read(row)}")
    gone = Violation(path, f"has no counterpart here: {row['why']}")
    return replace(gone, fix=row["fix"]) if "fix" in row else gone.remove(certain=row["gone"] is True)


def _read(row: dict[str, Any]) -> str:
    return f"; see {row['read']}" if "read" in row else ""


def _written(renamed: Violation, to: Keys, values: Mapping[Keys, Any], row: dict[str, Any]) -> Violation:
    """The fix that writes other values at the new key, or below it."""
    certain = row.get("moves") != "perhaps"
    sets = [Change("set", (*to, *below), value, certain=certain) for below, value in values.items()]
    around = to == renamed.keys[: len(to)]
    value = nested(values)
    shown = flow(value)
    if not around or () in values:
        shown = f"{_below(to, to[:-1] if around else renamed.keys[:-1])}: {shown}"
    elif isinstance(value, dict):
        shown = shown[1:-1]
    if len(shown) > LONGEST:
        return renamed
    if around and () in values:
        renamed = replace(renamed, keys=to)
    else:
        sets.append(Change("remove", renamed.keys, certain=certain))
    return replace(renamed, fix=f"{'' if certain else 'perhaps '}use {shown}{_read(row)}", changes=tuple(sets))


def _below(keys: Keys, section: Keys) -> str:
    """A key as seen from a section: without it if it is below, else in full."""
    return dotted(keys[len(section) :] if keys[: len(section)] == section else keys)


@cache
def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_data(__file__, "renamed_keys.yaml")
    return rows


def _rows_for(path: Keys, value: Any) -> Iterator[dict[str, Any]]:
    """The rows about a key with a value."""
    for row in _rows():
        old = row["old"] if isinstance(row["old"], list) else [row["old"]]
        entries = value.values() if isinstance(value, dict) else ()
        fits = "having" not in row or any(isinstance(entry, dict) and row["having"] in entry for entry in entries)
        fits = fits and not (row.get("as") == "list" and isinstance(value, dict))
        fits = fits and bool(re.search(row.get("form", ""), str(value)))
        if fits and any(_is_at(path, form) for form in old):
            yield row


def _is_at(path: Keys, form: str) -> bool:
    """Whether a path has a form, in which KIND is a component with nodes."""
    if "KIND" in form:
        return path[0] in KINDS and fnmatchcase(dotted(path), form.replace("KIND", str(path[0])))
    return fnmatchcase(dotted(path), form)


def _is_key(row: dict[str, Any]) -> bool:
    """Whether a row names one new key, instead of a choice in words."""
    return bool(row["new"]) and " " not in row["new"]


def _new_place(new: str, path: Keys) -> Keys:
    """The new location of a key: in the same section; or from the top, where COMPONENT is the section of the old key or
    its node, KIND its section alone, SECTION the map that contains it, and KEY its own name.
    """
    if "." not in new:
        return (*path[:-1], new)
    node = path[:3] if path[1:2] == ("nodes",) and len(path) > 3 else path[:1]
    first, *rest = new.split(".")
    above = {"COMPONENT": node, "KIND": path[:1], "SECTION": path[:-1]}.get(first, (first,))
    return (*above, *(str(path[-1]) if key == "KEY" else key for key in rest))
