"""The schema's errors in people's words: what was wanted, what was seen, what to write."""

import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from ai_server.profiles import Keys

TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map of keys",
    "array": "a list",
    "null": "empty",
}


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
            return f"what its description says: {error.schema.get('description', error.validator)}"


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
        return f'the text "{instance[:60]}"'
    if isinstance(instance, dict | list):
        return TYPES["object" if isinstance(instance, dict) else "array"]
    return str(instance)


def nearest(choices: str, value: Any) -> str:
    """The choice that was probably meant."""
    names = choices.removeprefix("one of ").split(", ")
    near = get_close_matches(str(value), names, n=1) or [name for name in names if name.lower() == str(value).lower()]
    return f"write {near[0]}" if near else ""


def how_to_write(form: str, value: Any) -> str:
    """How to write a value so that it is of the right type."""
    if isinstance(value, str) and ("number" in form or "true or false" in form):
        return "write it without quotes and units"
    if "a list" in form and not isinstance(value, dict | list):
        return f"write [{value}]"
    if "a map of keys" in form:
        return "write its keys below it, or {key: value}"
    if isinstance(value, dict | list):
        return "write a single value"
    return ""


@cache
def _renamed() -> list[dict[str, str]]:
    import yaml

    entries: list[dict[str, str]] = yaml.safe_load(Path(__file__).with_name("renamed_keys.yaml").read_text())
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
    """The nearest other place that has a key of this name; "" when there is none."""
    places = [place for place in _places(schema).get(str(path[-1]), []) if place[:-1] != path[:-1]]
    places.sort(key=lambda place: (-_shared(place, path), len(place), place))
    return ".".join(places[0]) if places else ""


def _shared(place: tuple[str, ...], path: Keys) -> int:
    return next((index for index, pair in enumerate(zip(place, path, strict=False)) if pair[0] != pair[1]), len(place))


def _places(schema: dict[str, Any]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for place in _keys(schema, schema, ()):
        found.setdefault(place[-1], []).append(place)
    return found


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
