"""The subject of mutation, a profile's files and cluster as data; and mutants with their findings."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from ai_server import checks
from ai_server.checks.engine.model import Finding
from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.paths import CHART
from ai_server.reading import profiles
from ai_server.reading.merge import merge
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlfile import read_values

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())


@dataclass(frozen=True)
class Subject:
    """A profile: the texts of its values files, their values, and the objects of its cluster by kind."""

    name: str
    texts: tuple[str, ...]
    documents: list[dict[str, Any]]
    objects: dict[str, list[Any]]
    waivers: str = ""

    @cached_property
    def values(self) -> dict[str, Any]:
        """Of all files together."""
        merged: dict[str, Any] = {}
        for document in self.documents:
            merged = merge(merged, document)
        return merged

    def places(self) -> Iterator[tuple[int, Keys, Any]]:
        """Every key and item of every file: the file's index, the path, the value."""
        for index, document in enumerate(self.documents):
            yield from ((index, path, value) for path, value in nodes(document) if path)

    def with_values(self, index: int, path: Keys, value: Any) -> "Mutant":
        """The file at an index with another value at a path."""
        return self.with_document(index, changed(self.documents[index], path, value), f"{dotted(path)}={value!r:.40}")

    def with_document(self, index: int, document: Any, place: str) -> "Mutant":
        """With another document."""
        return self.with_text(index, yaml.safe_dump(document, sort_keys=False), place)

    def with_text(self, index: int, text: str, place: str) -> "Mutant":
        """With another text."""
        return Mutant(place, (*self.texts[:index], text, *self.texts[index + 1 :]), self.objects)

    def with_objects(self, kind: str, objects: list[Any], place: str) -> "Mutant":
        """With other objects of a kind in the cluster."""
        return Mutant(place, self.texts, {**self.objects, kind: objects})


@dataclass(frozen=True)
class Mutant:
    """A subject with one change, and its location."""

    place: str
    texts: tuple[str, ...]
    objects: dict[str, list[Any]] = field(repr=False)

    def findings(self, folder: Path) -> list[Finding]:
        """The errors and warnings; a special one for a file that cannot be read at all."""
        files = [folder / f"{index}.yaml" for index in range(len(self.texts))]
        for file, text in zip(files, self.texts, strict=True):
            file.write_text(text)
        try:
            found = checks.run(files, ClusterFacts("cluster.yaml", self.objects)).findings
        except UserError as error:
            return [Finding("", "error", "", 0, 0, "", error.message)]
        return [each for each in found if each.severity in ("error", "warning")]


def subject(name: str) -> Subject:
    """The profile of that name."""
    from ai_server.kube.cluster_facts import read_facts

    profile = profiles.profile(name)
    waivers = profile.files[-1].with_name("waivers.yaml")
    texts = tuple(file.read_text() for file in profile.files)
    objects = {kind: list(items) for kind, items in read_facts(profile.cluster).objects.items()}
    documents = [read_values(file).values for file in profile.files]
    return Subject(name, texts, documents, objects, waivers.read_text() if waivers.is_file() else "")


def nodes(value: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Every value below a value, including itself, with its path."""
    yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from nodes(each, (*path, key))


def changed(value: Any, path: Keys, to: Any) -> Any:
    """A copy with another value at a path."""
    made = copy.deepcopy(value)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return made


def renamed(value: Any, path: Keys, to: str) -> Any:
    """A copy in which a key has another name, in the same position."""
    made = copy.deepcopy(value)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    pairs = [(to if key == path[-1] else key, each) for key, each in inner.items()]
    inner.clear()
    inner.update(pairs)
    return made


def dotted(path: Keys) -> str:
    """rocm.models.chat.file"""
    return ".".join(str(key) for key in path)


def schemas(path: Keys) -> list[dict[str, Any]]:
    """The parts of the schema for a path: every branch that may apply there; [] if it has none."""
    found = _branches(SCHEMA)
    for key in path:
        found = [each for node in found for each in _below(node, key)]
    return found


def declared(path: Keys) -> bool:
    """Whether the last key of a path is a key of the chart, not a name that users choose."""
    return any(path[-1] in node.get("properties", {}) for node in schemas(path[:-1]))


def _below(node: dict[str, Any], key: str | int) -> list[dict[str, Any]]:
    if isinstance(key, int):
        inner = node.get("items")
    else:
        inner = node.get("properties", {}).get(key, node.get("additionalProperties"))
    return _branches(inner) if isinstance(inner, dict) else []


def _branches(node: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in node:
        return _branches(SCHEMA["$defs"][node["$ref"].removeprefix("#/$defs/")])
    parts = [each for word in ("anyOf", "oneOf", "allOf") for part in node.get(word, []) for each in _branches(part)]
    return [node, *parts]
