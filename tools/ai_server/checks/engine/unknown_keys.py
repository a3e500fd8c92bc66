"""Keys that the schema does not know: the key that was meant, its right location, or its new name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from itertools import islice
from typing import Any

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.near import nearest
from ai_server.reading.data import read_data
from ai_server.reading.edit import Change
from ai_server.reading.oddtext import ODD, odd_characters
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlscalars import scalar

GENERAL = {
    *("name", "key", "value", "port", "path", "type", "size"),
    *("enabled", "model", "models", "mode", "command", "labels"),
}
"""Keys of many sections: one in another section does not show what was meant."""
MOST_GUESSED = 100
"""The most unknown keys of a map to search a match for: a file with more is meant for something else."""
NO_SPACE = re.compile(r"([A-Za-z_][\w.-]*):([^/:].*)")
"""A key and its value without a space between them, in {}."""
Locations = dict[str, list[tuple[str, ...]]]
"""All locations of each key's name."""


def unknown_keys(
    locations: Locations, path: Keys, unknown: Mapping[str, Any], known: list[str]
) -> Iterator[tuple[str, Violation]]:
    """A violation for each unknown key of the map at a path, with the rule that it breaks.

    unknown: these keys with their values; known: the map's keys.
    """
    for key in islice(unknown, MOST_GUESSED):
        yield _unknown_key(locations, (*path, key), unknown[key], known)
    for key in islice(unknown, MOST_GUESSED, None):
        yield "unknown-key", Violation((*path, key), "unknown key", _keys_of(path, known))


def _keys_of(path: Keys, known: list[str]) -> str:
    return f"keys of {dotted(path) or 'the file'}: {', '.join(known)}"


def _unknown_key(locations: Locations, path: Keys, value: Any, known: list[str]) -> tuple[str, Violation]:
    key = str(path[-1])
    renamed = _renamed_to(path, value)
    if renamed:
        return "renamed-key", renamed
    if odd := odd_characters(key):
        clean = ODD.sub("", key)
        message = f"unknown key: it contains {odd}, as pasted from a web page"
        violation = Violation(path, message, f"write it anew: {clean}", meant=(*path[:-1], clean))
        return "unknown-key", violation.move((*path[:-1], clean)) if clean in known else violation
    if value is None and (glued := NO_SPACE.fullmatch(key)) and glued[1] in known:
        meant = (*path[:-1], glued[1])
        changes = (Change("remove", path), Change("set", meant, scalar(glued[2])))
        message, fix = "a colon needs a space after it", f"use {glued[1]}: {glued[2]}"
        return "unknown-key", Violation(path, message, fix, meant=meant, changes=changes)
    first, dot, rest = key.partition(".")
    if dot and first in known:
        message, fix = "a dot in a key does not separate sections", f"use {first}: with {rest}: below it"
        change = Change("move", path, to=(*path[:-1], *key.split(".")))
        return "unknown-key", Violation(path, message, fix, changes=(change,))
    near = nearest(key, known)
    locations_of_key = _elsewhere(locations.get(key, []), path)
    if value == {} and len(path) == 1 and not near:
        return "unknown-key", Violation(path, "unknown key without a value").remove()
    if locations_of_key and not near:
        location = locations_of_key[0]
        misplaced = Violation(path, f"unknown key here; it belongs to {'.'.join(location)}", meant=location)
        certain = len(locations_of_key) == 1 and "NAME" not in location
        return "misplaced-key", misplaced.move(location, certain=certain)
    if near:
        meant = (*path[:-1], near)
        return "unknown-key", Violation(path, f"unknown key; did you mean {near}?", meant=meant).move(meant)
    return "unknown-key", Violation(path, "unknown key", _keys_of(path[:-1], known))


@cache
def _renamed_keys() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = read_data(__file__, "renamed_keys.yaml")
    return entries


def _renamed_to(path: Keys, value: Any) -> Violation | None:
    """The violation for a key that was renamed or removed, with its value."""
    entries = (entry for entry in _renamed_keys() if fnmatchcase(dotted(path), entry["old"]))
    entry = next((entry for entry in entries if re.search(entry.get("form", ""), str(value))), None)
    if not entry:
        return None
    if not entry["new"]:
        removed = Violation(path, f"was removed: {entry['why']}").remove()
        return replace(removed, fix=f"{removed.fix}; see {entry['read']}")
    sentence = " " in entry["new"]
    to = () if sentence else _new_place(entry["new"], path)
    new = entry["new"] if sentence else dotted(to) if "." in entry["new"] else str(to[-1])
    renamed = Violation(path, f"is called {new} here: {entry['why']}", f"use {new}; see {entry['read']}")
    if "value" in entry and value is True:
        changes = (Change("remove", path), Change("set", to, entry["value"]))
        return replace(renamed, fix=f"use {new}: {entry['value']}; see {entry['read']}", changes=changes)
    return replace(renamed, changes=(Change("move", path, to=to),)) if entry.get("moves") else renamed


def _new_place(new: str, path: Keys) -> Keys:
    """The new location of a key: beside the old one; or from the top, where COMPONENT is the section or its node."""
    if "." not in new:
        return (*path[:-1], new)
    owner = path[:3] if path[1:2] == ("nodes",) and len(path) > 3 else path[:1]
    first, *rest = new.split(".")
    return (*owner, *rest) if first == "COMPONENT" else (first, *rest)


def _elsewhere(locations: list[tuple[str, ...]], path: Keys) -> list[tuple[str, ...]]:
    """The other locations of a key, nearest first: in its own component, or in any for a key near the top. NAME stands
    for the name of an entry, unless it is that of the path.
    """
    places = [place for place in locations if place[:-1] != path[:-1] and (len(place) > 1 or len(path) == 1)]
    same = [place for place in places if place[0] == path[0]]
    places = same if same or len(path) > 2 else places
    if path[-1] in GENERAL:
        places = [place for place in places if len(place) == 2 and place[0] == path[0]]
    nearest_first = sorted(places, key=lambda place: (-_shared(place, path), len(place), place))
    return [(*place[:2], str(path[2]), *place[3:]) if _same_entry(place, path) else place for place in nearest_first]


def _same_entry(place: tuple[str, ...], path: Keys) -> bool:
    return place[:2] == path[:2] and place[2:3] == ("NAME",) and len(path) > 3


def _shared(place: tuple[str, ...], path: Keys) -> int:
    return next((index for index, pair in enumerate(zip(place, path, strict=False)) if pair[0] != pair[1]), len(place))


def locations_of_keys(schema: dict[str, Any]) -> Locations:
    """The locations of every key of a schema."""
    locations: Locations = {}
    for location in _keys(schema, schema, ()):
        locations.setdefault(location[-1], []).append(location)
    return locations


def _keys(schema: dict[str, Any], node: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every key of the schema, with NAME for the names of entries, except those of Kubernetes' own types."""
    reference = node.get("$ref", "")
    if ".k8s." in reference or len(path) > 6:
        return
    if reference:
        node = schema["$defs"][reference.removeprefix("#/$defs/")]
    for key, body in node.get("properties", {}).items():
        if key != "global" or not path:
            yield (*path, key)
            yield from _keys(schema, body, (*path, key))
    if isinstance(node.get("additionalProperties"), dict):
        yield from _keys(schema, node["additionalProperties"], (*path, "NAME"))
