"""Reads a YAML file exactly as Helm reads it, and remembers where each key and value stands."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ai_server.errors import UserError
from ai_server.textfile import NotYaml, Place, read_text
from ai_server.yamlscalars import scalar

Path_ = tuple[str | int, ...]
DEEPEST = 100
MOST_NODES = 200_000
"""Keys, values and items, aliases counted where they are used: an alias bomb grows past this in no time."""


@dataclass(frozen=True)
class Repeated:
    """A key that stands twice in one map: Helm silently takes the last."""

    path: Path_
    first: Place
    again: Place


@dataclass
class Document:
    """Values as Helm sees them, the place of every key (by path), and the keys that are there twice."""

    values: dict[str, Any]
    places: dict[Path_, Place] = field(default_factory=dict)
    repeated: list[Repeated] = field(default_factory=list)
    empty: bool = True
    """Whether it holds nothing at all, not even an empty map."""
    plain: dict[Path_, str] = field(default_factory=dict)
    """The text of each scalar without quotes, as it was written."""


PLAIN = "plain"


class _Composer(yaml.CSafeLoader):
    """YAML's structure only: what a plain scalar means is decided here, by Helm's rules."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """PLAIN for a scalar without quotes and tag; other tags as YAML has them."""
        if kind is yaml.ScalarNode and implicit[0]:
            return PLAIN
        if kind is yaml.ScalarNode:
            return "tag:yaml.org,2002:str"
        return "tag:yaml.org,2002:map" if kind is yaml.MappingNode else "tag:yaml.org,2002:seq"


def read_values(path: Path) -> Document:
    """A values file as Helm 4 sees it; of several YAML documents, later ones win key by key.

    UserError with file and line for what is no YAML or no map.
    """
    text = read_text(path)
    document = Document({})
    for node in _compose(path, text):
        reader = _Reader(str(path), document)
        value = reader.value(node, ())
        if value is None:
            continue
        if not isinstance(value, dict):
            raise UserError(f"{reader.place(node)}: a values file holds keys, this holds {_kind(value)}")
        document.empty = False
        document.values = value if not document.values else _over(document.values, value)
    return document


def documents(path: Path) -> Iterator[tuple[Any, dict[Path_, Place]]]:
    """Any YAML file's documents with Helm's scalars, and the places of their parts; UserError as for read_values."""
    for node in _compose(path, read_text(path)):
        reader = _Reader(str(path), Document({}))
        yield reader.value(node, ()), {(): reader.place(node), **reader.document.places}


def places_of_items(path: Path) -> Iterator[tuple[Any, Place]]:
    """The items of a YAML file that holds a list, each with its place; UserError for anything else."""
    for node in _compose(path, read_text(path)):
        reader = _Reader(str(path), Document({}))
        if not isinstance(node, yaml.SequenceNode):
            raise UserError(f"{reader.place(node)}: must be a list", hint="begin each entry with '- '")
        for index, item in enumerate(node.value):
            yield reader.value(item, (index,)), reader.place(item)


def _over(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _over(merged[key], value) if both else value
    return merged


def _compose(path: Path, text: str) -> list[yaml.Node]:
    if _opens_many(text) and _depth(text) > DEEPEST:
        raise UserError(f"{path}: nested too deeply: no values file is")
    try:
        return [node for node in yaml.compose_all(text, Loader=_Composer) if node is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path), 1, 1)
        lines = text.splitlines()
        quoted = lines[place.line - 1] if place.line <= len(lines) else ""
        raise NotYaml(place, error.problem or error.context or "", quoted, tab="\t" in quoted) from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: no valid YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise UserError(f"{path}: nested too deeply: no values file is") from None


def _opens_many(text: str) -> bool:
    """Whether brackets, or dashes of a line, could be a hundred deep: a cheap look that may say yes too often."""
    depth = 0
    for line in text.splitlines():
        opened = line.count("[") + line.count("{")
        depth += opened - line.count("]") - line.count("}")
        if depth > DEEPEST or opened + line.count("- ") > DEEPEST:
            return True
    return False


def _depth(text: str) -> int:
    """How deep maps and lists stand in each other, without composing them: libyaml's composer ends the process."""
    depth = deepest = 0
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            deepest = max(deepest, depth)
            if deepest > DEEPEST:
                break
    except yaml.YAMLError:
        pass  # said with its place when it is composed
    return deepest


class _Reader:
    """Turns composed nodes into Helm's values."""

    def __init__(self, file: str, document: Document) -> None:
        self.file = file
        self.document = document
        self.nodes = 0

    def place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.nodes += 1
        if self.nodes > MOST_NODES or len(path) > DEEPEST:
            raise UserError(f"{self.place(node)}: too large or too deep (aliases that repeat each other?)")
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.document.places[(*path, index)] = self.place(item)
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        value = _tagged(node)
        if node.tag == PLAIN:
            self.document.plain[path] = node.value
        if isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"{self.place(node)}: Helm cannot read {node.value}", hint="quote it, or write a number")
        return value

    def _map(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        seen: dict[str, Place] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise UserError(f"{self.place(key_node)}: a key must be a word, this is {_kind(key_node.value)}")
            if key_node.value == "<<" and key_node.tag == PLAIN:
                merged.update(self._merged(value_node, path))
                continue
            place = self.place(key_node)
            key = _key(key_node)
            if key is None:
                raise UserError(f"{place}: a key is empty", hint='write its name, or "null" in quotes')
            if key in seen:
                self.document.repeated.append(Repeated((*path, key), seen[key], place))
            seen[key] = place
            self.document.places[(*path, key)] = place
            result[key] = self.value(value_node, (*path, key))
        return {**merged, **result}

    def _merged(self, node: yaml.Node, path: Path_) -> dict[str, Any]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        result: dict[str, Any] = {}
        for part in reversed(parts):
            value = self.value(part, path)
            result.update(value if isinstance(value, dict) else {})
        return result


def _tagged(node: yaml.Node) -> Any:
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if kind in (PLAIN, "int", "float", "bool", "null"):
        return scalar(node.value)
    return node.value


def _key(node: yaml.ScalarNode) -> str | None:
    """Keys become text: `on: 1` has the key "true"; None for a null, which Helm refuses."""
    value = _tagged(node)
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return node.value if isinstance(value, str) else str(value)


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else f"the text {str(value)[:40]!r}"
