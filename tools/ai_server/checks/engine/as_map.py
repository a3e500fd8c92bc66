"""What was written in place of a map: a list of named items, a switch, the name of an image, or the path of a model."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects import model_paths
from ai_server.checks.subjects.nodes import KINDS
from ai_server.kube.image_name import parse
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlscalars import written
from ai_server.reading.yamltext import flow

LONGEST = 240
"""The longest map to write out in a sentence."""
NULLS = ("", "~", "null", "Null", "NULL")
NAME_OF_A_MODEL = re.compile(r"[\w./:@-]*[\w-][./][\w-][\w./:@-]*")
OF_A_MODEL = ("file", "model")
"""The keys of a map that lead to its model."""
OF_MODELS = ("models", "loras")
"""Maps of maps with a file."""
ENTRIES = {"models": "file: gguf/model.gguf", "nodes": "gpuAccess: privileged"}
"""The maps of entries in a component, with an example of what an entry has."""


def as_map(violation: Violation, value: Any, plain: Mapping[Keys, str]) -> Violation:
    """A violation for a value in place of a map, with the map that was probably meant. plain: the text of each scalar
    without quotes, by its key.
    """
    if violation.keys[-1] == "image" and isinstance(value, str) and value:
        image = parse(value)
        parts = {"repository": image.name, "tag": image.tag, "digest": image.digest}
        return violation.use({key: part for key, part in parts.items() if part})
    if isinstance(value, bool):
        return violation.use({"enabled": value})
    if isinstance(value, str) and "speech" in violation.keys and violation.keys[-2] == "models":
        return violation.use({"model": value})
    items = value if isinstance(value, list) else []
    if violation.keys[-1] == "nodes":
        items = [{item: {}} if isinstance(item, str) else item for item in items]
    named = _by_name(items, violation.keys, plain)
    if named and len(flow(named)) <= LONGEST:
        return violation.use(named)
    if named:
        first = next(iter(named))
        return replace(violation, fix=f"use the names as keys, without dashes, such as {flow({first: named[first]})}")
    return replace(violation, fix="add its keys below it, or use {key: value}")


def as_model(view: ValuesView, violation: Violation, properties: Mapping[str, Any], value: Any) -> Violation:
    """A violation with the fix for a path, a name or a list of them in place of a map: {file: gguf/chat.gguf}."""
    keys = violation.keys
    if isinstance(value, list) and keys[0] in KINDS and keys[-1] in OF_MODELS and all(map(_names_a_model, value)):
        key = "model" if "speech" in keys else "file"
        entries = {PurePosixPath(path).stem.lower(): {key: path} for path in value}
        return violation.use(entries, certain=False) if value else violation
    key = next((key for key in OF_A_MODEL if key in properties), "")
    a_name = isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w-]+", value)
    if key == "file" and keys[-2:-1] == ("models",) and a_name:
        return violation.use({key: f"gguf/{value}.gguf"}, certain=False)
    if not key or not _names_a_model(value):
        return violation
    what = model_paths.kind((*keys, key))
    path = (model_paths.relative(view, (*keys, key), value) if what else "") or value
    if row := model_paths.wrong(what, path):
        folder, because = path.rpartition("/")[0], f": it {row['says']}"
        if folder and "{folder}" in row.get("fix", ""):
            advice = violation.use({key: folder}, certain=False)
            return replace(advice, fix=f"{advice.fix}{because}")
        return replace(violation, fix=f"{model_paths.loadable(violation, row, path).fix}{because}")
    return violation.use({key: path}, certain=key == "model" or value.endswith(".gguf"))


def _names_a_model(value: Any) -> bool:
    """Whether a value looks like a path or a name with its organisation or ending."""
    return isinstance(value, str) and bool(NAME_OF_A_MODEL.fullmatch(value)) and "://" not in value


def _by_name(items: list[Any], path: Keys, plain: Mapping[Keys, str]) -> dict[str, Any]:
    """A list as a map: {name: a, x: 1} is {a: {x: 1}}, {name: A, value: b} is {A: b}, and {a: {x: 1}} is itself; {} if
    it cannot be one.
    """
    by_name: dict[str, Any] = {}
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            return {}
        rest: Any = {key: as_written(value, (*path, index, key), plain) for key, value in item.items()}
        name = rest.pop("name", None) if "name" in item else None
        if name is None and len(item) == 1:
            [(name, rest)] = rest.items()
            rest = _text(rest, plain.get((*path, index, name), "")) if path[-1] == "extraEnv" else rest
        elif rest.keys() == {"value"}:
            rest = _text(rest["value"], plain.get((*path, index, "value"), ""))
        if not isinstance(name, str) or name in by_name:
            return {}
        by_name[name] = rest
    return by_name


def _text(value: Any, text: str) -> Any:
    """The text of a scalar, as it is in the file; a null is empty."""
    if isinstance(value, str | dict | list):
        return value
    return "" if value is None else text or written(value)


def as_written(value: Any, path: Keys, plain: Mapping[Keys, str]) -> Any:
    """A value in which each number that would be written in another way is its text in the file: 010, 1.10, 1e3."""
    if isinstance(value, dict):
        return {key: as_written(inner, (*path, key), plain) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_written(inner, (*path, index), plain) for index, inner in enumerate(value)]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return plain.get(path, value) if is_number and plain.get(path) != written(value) else value


def misindented(path: Keys, plain: Any) -> Violation:
    """The violation for a key of an entry that is next to the entry instead of below it."""
    empty = [keys[-1] for keys, text in plain.items() if keys[:-1] == path[:-1] and text in NULLS]
    below = str(empty[0]) if len(empty) == 1 else "its entry"
    message = f"{path[-1]} is a key of an entry, but is indented like one"
    return Violation(path, message, f"indent it by two more spaces, below {below}")


def empty_entry(path: Keys, text: str) -> Violation:
    """The violation for an entry without keys; who writes null in place of them wants to be rid of the entry."""
    if text:
        return Violation(path, f"is {text}, which does not remove an entry").use({"enabled": False}, certain=False)
    violation = Violation(path, "has no keys below it")
    if path[1] == "nodes":
        return violation.use({}, certain=False)
    fix = f"indent its keys below it, such as {ENTRIES[str(path[1])]}; to remove it, use enabled: false"
    return replace(violation, fix=fix)
