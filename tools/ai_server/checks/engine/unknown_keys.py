"""Keys that the schema does not know: the key that was meant, its right location, or its new name."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.near import nearest
from ai_server.reading.data import read_data
from ai_server.reading.profiles import Keys

GENERAL = {"name", "key", "value", "port", "path", "type", "size", "enabled", "model", "mode", "command", "labels"}
"""Keys of many sections: one in another section does not show what was meant."""
MOST_GUESSED = 100
"""The most unknown keys of a map to search a match for: a file with more is meant for something else."""
Locations = dict[str, list[tuple[str, ...]]]
"""All locations of each key's name."""


def unknown_keys(
    locations: Locations, path: Keys, unknown: list[str], known: list[str]
) -> Iterator[tuple[str, Violation]]:
    """A violation for each unknown key of the map at a path, with the rule that it breaks. known are the map's keys."""
    for key in unknown[:MOST_GUESSED]:
        yield _unknown_key(locations, (*path, key), known)
    for key in unknown[MOST_GUESSED:]:
        yield "unknown-key", Violation((*path, key), "unknown key", _keys_of(path, known))


def _keys_of(path: Keys, known: list[str]) -> str:
    return f"keys of {dotted(path) or 'the file'}: {', '.join(known)}"


def _unknown_key(locations: Locations, path: Keys, known: list[str]) -> tuple[str, Violation]:
    key = str(path[-1])
    new_name = _renamed_to(path)
    if new_name:
        return "renamed-key", Violation(path, *new_name)
    first, dot, rest = key.partition(".")
    if dot and first in known:
        fix = f"use {first}: with {rest}: below it"
        return "unknown-key", Violation(path, "a dot in a key does not separate sections", fix)
    near = nearest(key, known)
    location = _elsewhere(locations.get(key, []), path)
    if location and not near:
        where = ".".join(location)
        return "misplaced-key", Violation(
            path, f"unknown key here; it belongs to {where}", f"move it to {where}", meant=location
        )
    if near:
        meant = (*path[:-1], near)
        return "unknown-key", Violation(path, f"unknown key; did you mean {near}?", f"use {near}", meant=meant)
    return "unknown-key", Violation(path, "unknown key", _keys_of(path[:-1], known))


@cache
def _renamed() -> list[dict[str, str]]:
    entries: list[dict[str, str]] = read_data(__file__, "renamed_keys.yaml")
    return entries


def _renamed_to(path: Keys) -> tuple[str, str] | None:
    """Message and fix for a key that was renamed or removed."""
    for entry in _renamed():
        if fnmatchcase(dotted(path), entry["old"]):
            new = entry["new"].replace("COMPONENT", str(path[0]))
            message = f"is called {new} here" if new else "was removed"
            return f"{message}: {entry['why']}", f"use {new}; see {entry['read']}" if new else f"see {entry['read']}"
    return None


def _elsewhere(locations: list[tuple[str, ...]], path: Keys) -> tuple[str, ...]:
    """The nearest other location of a key; () if there is none, or there are too many."""
    places = [place for place in locations if place[:-1] != path[:-1]]
    if path[-1] in GENERAL:
        places = [place for place in places if len(place) == 2 and place[0] == path[0]]
    places.sort(key=lambda place: (-_shared(place, path), len(place), place))
    return places[0] if places else ()


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
