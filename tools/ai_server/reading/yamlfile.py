"""Reads a YAML file exactly as Helm reads it, and records the location of each key and value."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ai_server.errors import UserError
from ai_server.reading.merge import merge
from ai_server.reading.textfile import NotYaml, Place, Unreadable, lines_of, read_text
from ai_server.reading.yamlscalars import scalar
from ai_server.reading.yamltree import DEEPEST, MOST_NODES, PLAIN, compose

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Repeated:
    """A duplicate key in a map: Helm silently uses the last one."""

    path: Path_
    first: Place
    again: Place


@dataclass
class Document:
    """Values as Helm sees them, the location of every key (by path), and the duplicate keys."""

    values: dict[str, Any]
    places: dict[Path_, Place] = field(default_factory=dict)
    repeated: list[Repeated] = field(default_factory=list)
    empty: bool = True
    """Whether the file has no content at all, not even an empty map."""
    plain: dict[Path_, str] = field(default_factory=dict)
    """The text of each unquoted scalar, as written."""
    changed_names: dict[Path_, str] = field(default_factory=dict)
    """The text of each unquoted key that YAML reads as another one."""
    lines: list[str] = field(default_factory=list)
    """The lines of the file, to quote from: a pipe cannot be read again."""
    lost: list[tuple[Path_, Any]] = field(default_factory=list)
    """Values that a later duplicate key, or a later document, replaced."""
    second: Place | None = None
    """The location of a second YAML document."""
    file: str = ""

    def place(self, line: int, column: int) -> Place:
        """A location in the file."""
        return Place(self.file, line, column)


def read_values(path: Path) -> Document:
    """A values file as Helm 4 sees it; if it has several YAML documents, later ones win key by key.

    UserError with file and line if it is invalid YAML or not a map.
    """
    return document_of(path, read_text(path))


def document_of(path: Path, text: str) -> Document:
    """The text of a values file, as in read_values; path only names it in errors."""
    document = Document({}, lines=lines_of(text), file=str(path))
    for node in compose(path, text):
        reader = _Reader(str(path), document)
        value = reader.value(node, ())
        if value is None:
            continue
        if not isinstance(value, dict):
            message = f"a values file contains keys, this one contains {_kind(value)}"
            raise NotYaml(reader.place(node), message, document.lines, hint="name a file with keys, such as rocm:")
        if not document.empty:
            document.second = document.second or reader.place(node)
            document.lost.append(((), document.values))
        document.values = value if document.empty else merge(document.values, value)
        document.empty = False
    return document


def documents(path: Path) -> Iterator[tuple[Any, dict[Path_, Place]]]:
    """The documents of any YAML file with Helm's scalars, and the locations of their parts; UserError as in
    read_values.
    """
    text = read_text(path)
    for node in compose(path, text):
        reader = _Reader(str(path), Document({}, lines=lines_of(text)))
        yield reader.value(node, ()), {(): reader.place(node), **reader.document.places}


def places_of_items(path: Path) -> Iterator[tuple[Any, Place]]:
    """The items of a YAML file with a list, each with its location; UserError if it is not a list."""
    text = read_text(path)
    for node in compose(path, text):
        reader = _Reader(str(path), Document({}, lines=lines_of(text)))
        if not isinstance(node, yaml.SequenceNode):
            raise UserError(f"{reader.place(node)}: must be a list", hint="begin each entry with '- '")
        for index, item in enumerate(node.value):
            yield reader.value(item, (index,)), reader.place(item)


class _Reader:
    """Turns composed nodes into Helm's values."""

    def __init__(self, file: str, document: Document) -> None:
        self.file = file
        self.document = document
        self.nodes = 0

    def place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _refused(self, node: yaml.Node, message: str, hint: str) -> NotYaml:
        return NotYaml(self.place(node), message, self.document.lines, hint=hint)

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.nodes += 1
        if self.nodes > MOST_NODES or len(path) > DEEPEST:
            message = "too large or too deeply nested (recursive aliases?)"
            raise Unreadable(self.file, message, hint="remove the aliases", line=self.place(node).line)
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.document.places[(*path, index)] = self.place(item)
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        value = _tagged(node)
        if node.tag == PLAIN and path:
            self.document.plain[path] = node.value
        if isinstance(value, float) and not math.isfinite(value):
            raise self._refused(node, f"Helm cannot read {node.value}", "quote it, or use a number")
        return value

    def _map(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        seen: dict[str, Place] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                if node.flow_style and isinstance(key_node, yaml.MappingNode):
                    from ai_server.reading.yamlsigns import TEMPLATE

                    raise self._refused(node, TEMPLATE, "put the value itself here")
                raise self._refused(key_node, f"a key must be a word, but is {_kind(key_node.value)}", "use a word")
            if key_node.value == "<<" and key_node.tag == PLAIN:
                merged.update(self._merged(value_node, path))
                continue
            place = self.place(key_node)
            key = key_of(key_node)
            if key is None:
                raise self._refused(key_node, "empty key", 'add its name, or quote "null"')
            if key in seen:
                self.document.repeated.append(Repeated((*path, key), seen[key], place))
                self.document.lost.append(((*path, key), result[key]))
            seen[key] = place
            if key != key_node.value:
                self.document.changed_names[(*path, key)] = key_node.value
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


def key_of(node: yaml.ScalarNode) -> str | None:
    """The key as text: `on: 1` has the key "true"; None for a null, which Helm rejects."""
    value = _tagged(node)
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return node.value if isinstance(value, str) else str(value)


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else "text" if isinstance(value, str) else "a single value"
