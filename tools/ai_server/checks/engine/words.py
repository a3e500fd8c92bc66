"""The schema's errors in people's words: what was wanted, what was seen, what to write."""

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from ai_server.kube.facts_schema import TYPES
from ai_server.reading.data import read_data
from ai_server.reading.profiles import Keys

GENERAL = {"name", "key", "value", "port", "path", "type", "size", "enabled", "model", "mode", "command", "labels"}
"""Words that many sections have: one of another section says nothing about what was meant."""
_PLACES: dict[int, dict[str, list[tuple[str, ...]]]] = {}


def wanted(error: Any) -> str:
    """What a schema's error asks for."""
    value: Any = error.validator_value
    match error.validator:
        case "type":
            return " or ".join(TYPES[each] for each in ([value] if isinstance(value, str) else value))
        case "enum":
            return _one_of(value)
        case "const":
            return json.dumps(value)
        case "minimum" | "maximum":
            bound = "at least" if error.validator == "minimum" else "at most"
            reason = error.schema.get("rangeErrorMessage", "")
            return f"{bound} {value}{f' ({reason})' if reason else ''}"
        case "pattern":
            return str(error.schema.get("patternErrorMessage") or error.schema.get("description") or "of another form")
        case _:
            described = error.schema.get("description", "")
            return f"what its description says: {described}" if described else "of another form"


def _one_of(values: Iterable[Any]) -> str:
    shown = [json.dumps(each) if each == "" else str(each) for each in values]
    return shown[0] if len(shown) == 1 else f"one of {', '.join(shown)}"


def seen(instance: Any) -> str:
    """What a value is, as people call it."""
    if instance is None:
        return "empty (null)"
    if isinstance(instance, bool):
        return str(instance).lower()
    if isinstance(instance, str):
        return f'the text "{" ".join(instance[:60].split(chr(10)))}"'
    if isinstance(instance, dict | list):
        return TYPES["object" if isinstance(instance, dict) else "array"]
    return str(instance)


def nearest(choices: str, value: Any) -> str:
    """The choice that was probably meant, or that there is a choice."""
    names = choices.removeprefix("one of ").split(", ")
    near = get_close_matches(str(value), names, n=1) or [name for name in names if name.lower() == str(value).lower()]
    return f"write {near[0]}" if near else f"write {choices}"


def in_range(schema: dict[str, Any]) -> str:
    """How to write a number that its bounds let through."""
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f"write a number from {least} to {most}"
    return f"write {least} or more" if most is None else f"write {most} or less"


MENDS = (
    lambda text: text.replace(" ", ""),
    lambda text: re.sub(r"(?i)\s*([kmgt])i?b?$", lambda unit: f"{unit[1].replace('k', 'K').upper()}i", text),
    lambda text: re.sub(r"(?i)\s*[x*]\s*", "x", text),
    lambda text: re.sub("[^a-z0-9-]+", "-", text.lower()).strip("-"),
    lambda text: re.sub("[^A-Za-z0-9_]+", "_", text).lstrip("0123456789"),
    lambda text: re.sub("[^A-Za-z0-9._:-]+", "-", text).strip("-"),
    lambda text: f"sha256:{text.lower()}",
)
"""What people write instead of the names and amounts of this chart, and how it is corrected."""
FREE = ("a /b", "/a b")
"""A form that takes one of these is that of a path or a line of text: changing characters would name something else."""
PLAIN_PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/?")


def of_form(form: str, value: Any, wanted: str) -> str:
    """How to write a value so that it is of a form: corrected, if that can be done, else like the example."""
    if isinstance(value, str) and "\n" in value.strip() and re.search(form, value.replace("\n", " ")):
        return "write it in one line, with \\n where it breaks"
    corrected = _corrected(form, value) if isinstance(value, str) and value else ""
    if corrected:
        return f"write {corrected}"
    if "://" in str(value) and re.search(form, FREE[1]):
        return "mount it on each node, and write the folder there"
    example = re.search(r"such as (\S+?)[,;]?(?= |$)", wanted)
    return f"write it like {example[1]}" if example else f"write {wanted.partition(';')[0]}"


def _corrected(form: str, value: str) -> str:
    """A value in a form; "" where that cannot be told."""
    if any(re.search(form, text) for text in FREE):
        rooted = f"/{value}" if PLAIN_PATH.fullmatch(value) else ""
        found = [value.strip(), rooted]
    else:
        found = [mend(value) for mend in MENDS]
    return next((each for each in found if each and re.search(form, each)), "")


def how_to_write(form: str, value: Any) -> str:
    """How to write a value so that it is of the right type."""
    if isinstance(value, str) and "number" in form and re.search(r"\d", value):
        return "write it without quotes and units"
    if value in ("true", "false") and "true or false" in form:
        return "write it without quotes"
    if "a list" in form:
        return (
            "write a list, each entry on a line that begins with '- '"
            if isinstance(value, dict)
            else f"write [{value}]"
        )
    if "a map of keys" in form:
        return "write its keys below it, or {key: value}"
    if isinstance(value, dict | list):
        return "write a single value"
    return f"write {form}"


@cache
def _renamed() -> list[dict[str, str]]:
    entries: list[dict[str, str]] = read_data(__file__, "renamed_keys.yaml")
    return entries


def renamed(path: Keys) -> tuple[str, str] | None:
    """Message and fix for a key that has another name, or none any more."""
    dotted = ".".join(str(key) for key in path)
    for entry in _renamed():
        if fnmatchcase(dotted, entry["old"]):
            new = entry["new"].replace("COMPONENT", str(path[0]))
            message = f"is called {new} here" if new else "is no key any more"
            return f"{message}: {entry['why']}", f"write {new}; see {entry['read']}" if new else f"see {entry['read']}"
    return None


def elsewhere(schema: dict[str, Any], path: Keys) -> str:
    """The nearest other place that has a key of this name; "" when there is none, or too many to mean any."""
    places = [place for place in _places_of(schema).get(str(path[-1]), []) if place[:-1] != path[:-1]]
    if path[-1] in GENERAL:
        places = [place for place in places if len(place) == 2 and place[0] == path[0]]
    places.sort(key=lambda place: (-_shared(place, path), len(place), place))
    return ".".join(places[0]) if places else ""


def _shared(place: tuple[str, ...], path: Keys) -> int:
    return next((index for index, pair in enumerate(zip(place, path, strict=False)) if pair[0] != pair[1]), len(place))


def _places_of(schema: dict[str, Any]) -> dict[str, list[tuple[str, ...]]]:
    """Every key's places, worked out once: the schema is one of a few that live as long as the process."""
    if id(schema) not in _PLACES:
        found: dict[str, list[tuple[str, ...]]] = {}
        for place in _keys(schema, schema, ()):
            found.setdefault(place[-1], []).append(place)
        _PLACES[id(schema)] = found
    return _PLACES[id(schema)]


def _keys(schema: dict[str, Any], node: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every key that the schema has, NAME standing for the names of entries; Kubernetes' own shapes left out."""
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
