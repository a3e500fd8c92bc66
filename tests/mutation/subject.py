"""The subject of mutation, a profile's files and cluster as data; and mutants with their findings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from ai_server import checks
from ai_server.checks.core.model import Finding
from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.reading import profiles
from ai_server.reading.merge import merge
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlfile import read_values
from tests.at import at
from tests.schema_paths import dotted, nodes

Text = str | Callable[[], str]
"""A text, or a function that returns it: many mutants are only counted."""


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
        return self.with_document(index, at(path, value, within=self.documents[index]), f"{dotted(path)}={value!r:.40}")

    def with_document(self, index: int, document: Any, place: str) -> "Mutant":
        """With another document."""
        return self.with_text(index, lambda: yaml_text(document), place)

    def with_text(self, index: int, text: Text, place: str) -> "Mutant":
        """With another text."""
        return Mutant(place, (*self.texts[:index], text, *self.texts[index + 1 :]), self.objects)

    def with_objects(self, kind: str, objects: list[Any], place: str) -> "Mutant":
        """With other objects of a kind in the cluster."""
        return Mutant(place, self.texts, {**self.objects, kind: objects})


@dataclass(frozen=True)
class Mutant:
    """A subject with one change, and its location."""

    place: str
    texts: tuple[Text, ...]
    objects: dict[str, list[Any]] = field(repr=False)

    def files(self, folder: Path) -> dict[Path, str]:
        """The text of each file, in a folder."""
        texts = (text if isinstance(text, str) else text() for text in self.texts)
        return {folder / f"{index}.yaml": text for index, text in enumerate(texts)}

    def findings(self, folder: Path, texts: Mapping[Path, str] | None = None) -> list[Finding]:
        """The errors and warnings, also of other texts of its files; a special one for an unreadable file."""
        texts = texts or self.files(folder)
        try:
            found = checks.run(list(texts), ClusterFacts("cluster.yaml", self.objects), texts=texts).findings
        except UserError as error:
            return [Finding("", "error", "", 0, 0, "", error.message)]
        return [finding for finding in found if finding.severity in ("error", "warning")]


def subject(name: str) -> Subject:
    """The profile of that name."""
    from ai_server.kube.cluster_facts import read_facts

    profile = profiles.profile(name)
    waivers = profile.files[-1].with_name("waivers.yaml")
    texts = tuple(file.read_text() for file in profile.files)
    objects = {kind: list(items) for kind, items in read_facts(profile.cluster).objects.items()}
    documents = [read_values(file).values for file in profile.files]
    return Subject(name, texts, documents, objects, waivers.read_text() if waivers.is_file() else "")


def yaml_text(document: Any) -> str:
    """A document as block YAML, its keys in their order."""
    text: str = yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False)
    return text
