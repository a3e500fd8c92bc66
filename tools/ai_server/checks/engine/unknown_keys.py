"""Keys that the schema does not know: the key that was meant, its right location, or its new name."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.engine.chart_schema import fits
from ai_server.checks.engine.places import Location, Places
from ai_server.checks.engine.renamed_keys import renamed_to
from ai_server.near import alike, nearest
from ai_server.reading.edit import Change
from ai_server.reading.oddtext import ODD, odd_characters
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlscalars import scalar

GENERAL = {
    *("name", "key", "value", "port", "path", "type", "size"),
    *("enabled", "model", "models", "mode", "command", "labels"),
}
"""Keys of many sections: one in another section does not show what was meant."""
USUAL = ("rocm", "gpu", "thor")
"""The sections of nodes, the one that was more often meant first."""
MOST_GUESSED = 100
"""The most unknown keys of a map to search a match for: a file with more is meant for something else."""
GLUED = re.compile(r"([A-Za-z_][\w.-]*)(:| *= *| +)([^\s/:=].*)")
"""A key and its value without a colon and a space between them, in {}."""
MOST_NAMED = 8
"""The most keys of a map to list: nobody reads forty."""


def unknown_keys(
    places: Places, path: Keys, unknown: Mapping[str, Any], known: list[str], plain: Mapping[Keys, str]
) -> Iterator[tuple[str, Violation]]:
    """A violation for each unknown key of the map at a path, with the rule that it breaks.

    unknown: these keys with their values; known: the keys that the map may have; plain: the text of each scalar without
    quotes.
    """
    for key in islice(unknown, MOST_GUESSED):
        renamed = renamed_to(places, (*path, key), unknown[key], plain.get((*path, key), ""))
        yield ("renamed-key", renamed) if renamed else _unknown_key(places, (*path, key), unknown[key], known)
    for key in islice(unknown, MOST_GUESSED, None):
        yield "unknown-key", Violation((*path, key), "unknown key", _keys_of(path, known))


def _keys_of(path: Keys, known: list[str], key: str = "") -> str:
    """The keys of a map, or those of them that are most like an unknown one."""
    shown = alike(key, known, MOST_NAMED)
    more = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
    read = f" (docs/values.md#{path[0]})" if more else ""
    return f"keys of {dotted(path) or 'the file'}: {', '.join(shown)}{more}{read}"


def _unknown_key(places: Places, path: Keys, value: Any, known: list[str]) -> tuple[str, Violation]:
    key = str(path[-1])
    if odd := odd_characters(key):
        clean = ODD.sub("", key)
        message = f"unknown key: it contains {odd}, as pasted from a web page"
        violation = Violation(path, message, f"write it anew: {clean}", meant=(*path[:-1], clean))
        return "unknown-key", violation.move((*path[:-1], clean)) if clean in known else violation
    if value is None and (glued := glued_key(path, known)):
        return "unknown-key", glued
    first, dot, rest = key.partition(".")
    if dot and first in known:
        message, fix = "a dot in a key does not separate sections", f"use {first}: with {rest}: below it"
        change = Change("move", path, to=(*path[:-1], *key.split(".")))
        return "unknown-key", Violation(path, message, fix, changes=(change,))
    near = nearest(key, (name for name in known if places.take((*path[:-1], name), value)))
    if value == {} and len(path) == 1 and not near:
        return "unknown-key", Violation(path, "unknown key without a value").remove()
    if near:
        meant = (*path[:-1], near)
        return "unknown-key", Violation(path, f"unknown key; did you mean {near}?", meant=meant).move(meant)
    if entry := _entry_for(places, path, value):
        misplaced = Violation(path, f"unknown key here; it looks like an entry of {dotted(entry[:-1])}", meant=entry)
        return "misplaced-key", misplaced.move(entry, certain=False)
    # a part of a Kubernetes object belongs to no key of ours
    below_an_item = any(isinstance(name, int) for name in path)
    elsewhere = [] if below_an_item else _elsewhere(places, path)
    locations = [location for location in elsewhere if places.take(location, value)]
    if locations:
        misplaced = Violation(path, f"unknown key here; it belongs to {'.'.join(locations[0])}", meant=locations[0])
        certain = len(locations) == 1 and "NAME" not in locations[0]
        return "misplaced-key", misplaced.move(locations[0], certain=certain)
    return "unknown-key", Violation(path, "unknown key", _keys_of(path[:-1], known, key))


def glued_key(path: Keys, known: Collection[str] = ()) -> Violation | None:
    """The violation for a key without a value that is meant as a key with one: {port:8080}. known: the keys of the
    map, or none if it may have any.
    """
    found = GLUED.fullmatch(str(path[-1]))
    if not found or (known and found[1] not in known):
        return None
    meant = (*path[:-1], found[1])
    changes = (Change("remove", path), Change("set", meant, scalar(found[3])))
    message = "a colon needs a space after it" if found[2] == ":" else "a key needs a colon and a space after it"
    return Violation(path, message, f"use {found[1]}: {found[3]}", meant=meant, changes=changes)


def _entry_for(places: Places, path: Keys, value: Any) -> Keys:
    """The place of an unknown key that is a node or a model, by its value; () if it is neither, or may be both."""
    *above, key = path
    maps = [path[:-2]] if places.entries(path[:-2]) else [(*above, name) for name in ("nodes", "models")]
    if not value or not isinstance(value, dict) or key in places.locations:
        return ()
    entries: list[Keys] = [(*entries, key) for entries in maps if entries in places and fits((*entries, key), value)]
    return entries[0] if len(entries) == 1 else ()


def _elsewhere(places: Places, path: Keys) -> list[Location]:
    """The other locations of a key, nearest first: in its own component, or in any for a key near the top. NAME stands
    for the name of an entry, unless it is that of the path.
    """
    locations = [
        location
        for location in places.locations.get(str(path[-1]), [])
        if location[:-1] != path[:-1] and (len(location) > 1 or len(path) == 1)
    ]
    same = [location for location in locations if location[0] == path[0]]
    if len(path) == 2:
        plain = [location for location in same if "NAME" not in location]
        same = plain or [location for location in locations if len(location) == 2] or same
    locations = same if same or len(path) > 2 else locations
    if path[-1] in GENERAL:
        locations = [location for location in locations if len(location) == 2 and location[0] == path[0]]

    def distance(location: Location) -> tuple[Any, ...]:
        usual = USUAL.index(location[0]) if location[0] in USUAL else len(USUAL)
        return -_shared(location, path), len(location), usual, location

    return [
        (*location[:2], str(path[2]), *location[3:]) if _same_entry(location, path) else location
        for location in sorted(locations, key=distance)
    ]


def _same_entry(location: Location, path: Keys) -> bool:
    return location[:2] == path[:2] and location[2:3] == ("NAME",) and len(path) > 3


def _shared(location: Location, path: Keys) -> int:
    pairs = zip(location, path, strict=False)
    return next((index for index, pair in enumerate(pairs) if pair[0] != pair[1]), len(location))
