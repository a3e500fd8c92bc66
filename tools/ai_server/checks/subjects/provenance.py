"""From a rendered field back to the keys of the values that may have set it: what facts/provenance.yaml says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from ai_server.checks.engine.views import ValuesView
from ai_server.checks.subjects.origins import Origin, table
from ai_server.reading.profiles import Keys

Pattern = tuple[str, ...]
"""A key of the right side in its parts: ({entry}, pod, extraVolumes[], **)."""


@dataclass(frozen=True)
class _Met:
    """What a field met on its way down a table: a name, a list and a place in it, and what is left."""

    name: str = ""
    items: tuple[Any, int] | None = None
    rest: Keys = ()


def keys_of(view: ValuesView, of: Origin, tables: Sequence[str], rendered: Any, field: Keys) -> Iterator[Keys]:
    """The keys that a field of something rendered may come from, nearest first, by the first table that knows it."""
    for name in tables:
        found = list(_matches(table()["fields"].get(name, {}), rendered, field, _Met()))
        for texts, met in found:
            filled = (_filled(view, of, pattern, met) for text in texts for pattern in _patterns(text))
            yield from (keys for keys in filled if keys)
        if found:
            return


def _matches(fields: Any, rendered: Any, field: Keys, met: _Met) -> Iterator[tuple[list[str], _Met]]:
    """The lists of keys that a field leads to, each with what it met on its way."""
    if isinstance(fields, list):
        yield fields, replace(met, rest=field)
        return
    name = (_named(_at(rendered, field[0])) if isinstance(rendered, list) else str(field[0])) if field else ""
    for key, below in fields.items():
        if key == "**":
            yield below, replace(met, rest=field)
        elif field and fnmatchcase(name, key.removesuffix("[]")):
            inner, rest = _at(rendered, field[0]), field[1:]
            here = replace(met, name=name) if "*" in key else met
            if key.endswith("[]") and rest:
                here = replace(here, items=(inner or [], _index(inner or [], rest[0])))
                inner, rest = _at(inner, rest[0]), rest[1:]
            yield from _matches(below, inner, rest, here)


def _at(rendered: Any, step: str | int) -> Any:
    """What is below a field: of a list, the item of that place or name; None where there is nothing."""
    if isinstance(rendered, list):
        index = _index(rendered, step)
        return rendered[index] if index >= 0 else None
    return rendered.get(step) if isinstance(rendered, dict) else None


def _index(items: list[Any], step: str | int) -> int:
    return next((index for index, item in enumerate(items) if step in (index, _named(item))), -1)


def _named(item: Any) -> str:
    return str(item.get("name", "")) if isinstance(item, dict) else ""


@cache
def _patterns(text: str) -> list[Pattern]:
    """A key of the right side in its parts, once for each place that its first part stands for."""
    first, *others = text.split(".")
    places = table()["places"].get(first.strip("{}"), [first]) if first.startswith("{") else [first]
    return [(*place.split("."), *others) for place in places]


def _filled(view: ValuesView, of: Origin, pattern: Pattern, met: _Met) -> Keys:
    """The key that a pattern stands for here; () where there is none."""
    meanings: dict[str, Keys] = {
        "{entry}": of.entry,
        "{component}": of.component,
        "{component of entry}": of.component if of.entry else (),
        "{program}": (of.program,) if of.program else (),
        "*": (met.name,),
        "**": met.rest,
    }
    if not meanings.get(pattern[0], pattern):
        return ()
    keys: Keys = ()
    for part in pattern:
        if part.endswith("[]"):
            keys = (*keys, part.removesuffix("[]"))
            if met.items is None:
                return keys
            place = _place(view.get(*keys), *met.items)
            if place < 0:
                return ()
            keys = (*keys, place)
        else:
            keys += meanings.get(part, (part,))
    return keys


def _place(written: Any, rendered: list[Any], index: int) -> int:
    """Where an item of a rendered list stands in the list of the values that it ends with; -1 where it is not of it."""
    items = written if isinstance(written, list) else []
    place = index - len(rendered) + len(items)
    return place if index >= 0 and place >= 0 and _named(items[place]) == _named(rendered[index]) else -1
