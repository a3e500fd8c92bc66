"""Keys that people know from elsewhere: renamed_keys.yaml, a row each."""

import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.engine.places import Places
from ai_server.reading.data import read_data
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys
from ai_server.reading.yamltext import flow


def renamed_to(places: Places, path: Keys, value: Any) -> Violation | None:
    """The violation for a key that was renamed or removed, with its value."""
    rows = list(_rows_for(path, value))
    row = next((row for row in rows if not _is_key(row) or _new_place(row["new"], path) in places), None)
    row = row or next(iter(rows), None)
    if not row:
        return None
    if not row["new"]:
        removed = Violation(path, f"was removed: {row['why']}").remove()
        return replace(removed, fix=f"{removed.fix}; see {row['read']}")
    to = _new_place(row["new"], path) if _is_key(row) else ()
    to = tuple(PurePosixPath(str(value)).stem if key == "NAME" else key for key in to)
    new = row["new"] if not to else str(to[-1]) if to[:-1] == path[:-1] else dotted(to)
    renamed = Violation(path, f"is called {new} here: {row['why']}", f"use {new}; see {row['read']}")
    if "value" in row and value is True:
        return _written(renamed, to, row["value"], new, row)
    if row.get("as") == "list" and isinstance(value, str | int | float):
        return _written(renamed, to, [value], new, row)
    if not row.get("moves", isinstance(value, list) and "as" in row):
        return renamed
    certain = row.get("moves") != "perhaps"
    moved = replace(renamed, changes=(Change("move", path, to=to, certain=certain),))
    return moved if certain else replace(moved, fix=f"perhaps {moved.fix}")


def _written(renamed: Violation, to: Keys, value: Any, new: str, row: dict[str, Any]) -> Violation:
    """The fix that writes another value at the new key."""
    changes = (Change("remove", renamed.keys), Change("set", to, value))
    return replace(renamed, fix=f"use {new}: {flow(value)}; see {row['read']}", changes=changes)


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
        fits = fits and not ("as" in row and isinstance(value, dict))
        fits = fits and bool(re.search(row.get("form", ""), str(value)))
        if fits and any(fnmatchcase(dotted(path), form) for form in old):
            yield row


def _is_key(row: dict[str, Any]) -> bool:
    """Whether a row names one new key, instead of a choice in words."""
    return bool(row["new"]) and " " not in row["new"]


def _new_place(new: str, path: Keys) -> Keys:
    """The new location of a key: in the same section; or from the top, where COMPONENT is the section of the old key or
    its node, KIND its section alone, and SECTION the map that contains it.
    """
    if "." not in new:
        return (*path[:-1], new)
    node = path[:3] if path[1:2] == ("nodes",) and len(path) > 3 else path[:1]
    first, *rest = new.split(".")
    above = {"COMPONENT": node, "KIND": path[:1], "SECTION": path[:-1]}.get(first, (first,))
    return (*above, *rest)
