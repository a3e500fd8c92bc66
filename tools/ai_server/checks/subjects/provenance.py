"""The keys of the values that a rendered field may come from, by facts/provenance.yaml."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from itertools import takewhile
from typing import Any

from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.origins import Origin, own_containers, table
from ai_server.reading.profiles import Keys

Pattern = tuple[str, ...]
"""A key of the right side in its parts: ({entry}, pod, extraVolumes[], **)."""


@dataclass(frozen=True)
class _Match:
    """What was matched on the way down a table: a name, a list with an index, and the rest of the field."""

    name: str = ""
    items: tuple[Any, int] | None = None
    rest: Keys = ()


def keys_of(view: ValuesView, of: Origin, tables: Sequence[str], rendered: Any, field: Keys) -> Iterator[Keys]:
    """The keys that a rendered field may come from, nearest first, by the first table that knows it."""
    for name in tables:
        matches = list(_matches(table()["fields"].get(name, {}), rendered, field, _Match()))
        for texts, match in matches:
            filled = (_filled(view, of, pattern, match) for text in texts for pattern in _patterns(text))
            yield from (keys for keys in filled if keys)
        if matches:
            return


def below(keys: Keys, rendered: Any, field: Keys) -> Keys:
    """The key of a field of an object that the values hold as it is rendered; an item by its name gets its index."""
    for step in field:
        step = _index(rendered, step) if isinstance(rendered, list) else step
        rendered, keys = _at(rendered, step), (*keys, step)
    return keys


def _matches(fields: Any, rendered: Any, field: Keys, match: _Match) -> Iterator[tuple[list[str], _Match]]:
    """The lists of keys for a field, each with what was matched on the way."""
    if isinstance(fields, list):
        yield fields, replace(match, rest=field)
        return
    name = _name(rendered, field[0]) if field else ""
    for key, below in fields.items():
        if key == "**":
            yield below, replace(match, rest=field)
        elif field and fnmatchcase(name, key.removesuffix("[]")):
            inner, rest = _at(rendered, field[0]), field[1:]
            here = replace(match, name=name) if "*" in key else match
            if key.endswith("[]") and rest:
                here = replace(here, items=(inner or [], _index(inner or [], rest[0])))
                inner, rest = _at(inner, rest[0]), rest[1:]
            yield from _matches(below, inner, rest, here)


def _name(rendered: Any, step: str | int) -> str:
    """The name of a field, or of an item of a list: a variable that is not set has only the name that was asked for."""
    item = _at(rendered, step) if isinstance(rendered, list) else None
    return str(step) if item is None else _named(item)


def _at(rendered: Any, step: str | int) -> Any:
    """The value of a field: for a list, the item with that index or name; None if there is none."""
    if isinstance(rendered, list):
        index = _index(rendered, step)
        return rendered[index] if index >= 0 else None
    return rendered.get(step) if isinstance(rendered, dict) else None


def _index(items: list[Any], step: str | int) -> int:
    return next((index for index, item in enumerate(items) if step in (index, _named(item))), -1)


def _named(item: Any) -> str:
    """The name of an item of a list; a text or number is its own."""
    return str(item.get("name", "") if isinstance(item, dict) else item)


def sections(of: Origin) -> list[Keys]:
    """The sections of the values that have the settings of a container, nearest first."""
    meanings = _meanings(of)
    patterns = [pattern for pattern in _patterns("{settings}") if meanings[pattern[0]]]
    return [tuple(key for part in pattern for key in meanings[part]) for pattern in patterns]


def _meanings(of: Origin) -> dict[str, Keys]:
    """What the parts of a pattern in braces stand for; () for nothing."""
    return {
        "{entry}": of.entry,
        "{component}": of.component,
        "{component of entry}": of.component if of.entry else (),
        "{program}": (of.program,) if of.program else (),
        "{host}": (of.host,) if of.host else (),
    }


@cache
def _patterns(text: str) -> list[Pattern]:
    """A key of the right side in its parts, once for each location that its first part stands for."""
    first, *others = text.split(".")
    places = table()["places"].get(first.strip("{}"), [first]) if first.startswith("{") else [first]
    return [(*place.split("."), *others) for place in places]


def _filled(view: ValuesView, of: Origin, pattern: Pattern, match: _Match) -> Keys:
    """The key that a pattern stands for here; () if there is none."""
    meanings = {**_meanings(of), "*": (match.name,), "**": match.rest}
    if not meanings.get(pattern[0], pattern) or ("{host}" in pattern and not of.host):
        return ()
    keys: Keys = ()
    for part in pattern:
        if part.endswith("[]"):
            keys = (*keys, part.removesuffix("[]"))
            if match.items is None:
                return keys
            index = _index_in_values(view.get(*keys), *match.items)
            if index < 0:
                return ()
            keys = (*keys, index)
        else:
            keys += meanings.get(part, (part,))
    return keys


def _is_own(item: Any) -> bool:
    """Whether an item of a list is a container of the chart."""
    return isinstance(item, dict) and "image" in item and item.get("name") in own_containers()


def _index_in_values(written: Any, rendered: list[Any], index: int) -> int:
    """The index of an item of a rendered list in the values; -1 if it is not there. Those of the values are the end of
    the list, before containers of the chart that run last.
    """
    items = written if isinstance(written, list) else []
    last = sum(1 for _ in takewhile(_is_own, reversed(rendered)))
    position = index - (len(rendered) - last) + len(items)
    return position if index >= 0 and position >= 0 and _named(items[position]) == _named(rendered[index]) else -1
