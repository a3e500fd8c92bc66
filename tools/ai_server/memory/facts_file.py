"""The facts file: facts of model files, by their paths below the models folder, in place of the files themselves."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ai_server.errors import UserError
from ai_server.memory.folder import FolderFacts
from ai_server.memory.model import ModelFacts
from ai_server.memory.shards import first_part

VERSION = 1
TITLE = "Facts of model files for ai-server plan --facts, written by ai-server inspect; sizes are in bytes."
AGAIN = "write it again: ai-server inspect --output FILE MODEL..."


@dataclass(frozen=True)
class Facts:
    """Facts by paths below the models folder, as in the values; that of a split model is the path of its first part.

    models: of GGUF files; folders: of safetensors folders; quantisations: how GGUF files are quantised, such as Q4_K_M;
    errors: what is wrong with those that cannot be read; sources: where the facts of each come from, for people.
    """

    models: dict[str, ModelFacts] = field(default_factory=dict)
    folders: dict[str, FolderFacts] = field(default_factory=dict)
    quantisations: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def model(self, path: str) -> ModelFacts | None:
        """The facts of a GGUF file, by its path below the models folder, or that of a part of it."""
        return self.models.get(first_part(posixpath.normpath(path)))

    def folder(self, path: str) -> FolderFacts | None:
        """The facts of a folder of safetensors, by its path below the models folder."""
        return self.folders.get(posixpath.normpath(path))

    def error(self, path: str) -> str:
        """What is wrong with a GGUF file or a folder, "" if nothing is known to be."""
        return self.errors.get(first_part(posixpath.normpath(path)), "")

    def source(self, path: str) -> str:
        """Where the facts of a model come from, for people."""
        return self.sources.get(first_part(posixpath.normpath(path)), "")

    def __or__(self, other: Facts) -> Facts:
        """All facts of both; where both know a file, those of the second, also if it is broken there."""
        broken, read = other.errors.keys(), {*other.models, *other.folders}
        return Facts(
            {**{name: facts for name, facts in self.models.items() if name not in broken}, **other.models},
            {**{name: facts for name, facts in self.folders.items() if name not in broken}, **other.folders},
            {**self.quantisations, **other.quantisations},
            {**{name: what for name, what in self.errors.items() if name not in read}, **other.errors},
            {**self.sources, **other.sources},
        )

    def as_json(self) -> dict[str, object]:
        """The content of a facts file."""
        models = {
            name: {"quantisation": self.quantisations.get(name, ""), **facts.as_json()}
            for name, facts in sorted(self.models.items())
        }
        folders = {name: facts.as_json() for name, facts in sorted(self.folders.items())}
        return {"version": VERSION, "models": models, "folders": folders, "errors": dict(sorted(self.errors.items()))}

    def text(self, *, yaml: bool = False) -> str:
        """A facts file as JSON or as YAML, with a line for each model."""
        if yaml:
            sections = [f"{name}:{_lines(content, '')}" for name, content in self.as_json().items()]
            return "\n".join([f"# {TITLE}", *sections]) + "\n"
        sections = [f'"{name}": {_lines(content, ",")}' for name, content in self.as_json().items()]
        return "{" + ",\n".join(sections) + "}\n"


def load(path: Path) -> Facts:
    """The facts in a file, JSON or YAML; UserError, with file and key, if it is not a facts file or broken."""
    from ai_server.reading.textfile import Unreadable, read_text

    text = read_text(path)
    try:
        return facts_of(_data(text), str(path))
    except ValueError as error:
        raise Unreadable(path, f"is neither JSON nor YAML: {str(error).splitlines()[0]}", hint=AGAIN) from None


def facts_of(data: object, file: str) -> Facts:
    """The facts in the content of a facts file, whose name is for errors; UserError if something in it is invalid."""
    if not isinstance(data, Mapping) or "version" not in data:
        raise UserError(f"{file}: is not a facts file: it has no version", hint=AGAIN)
    if data["version"] != VERSION:
        what = f"{file}: version: is {data['version']}; this program reads version {VERSION}"
        raise UserError(what, hint="use the ai-server that wrote it, or write it again")
    if unknown := sorted(map(str, data.keys() - {"version", "models", "folders", "errors"})):
        raise UserError(f"{file}: {unknown[0]}: is not a key of a facts file", hint=AGAIN)
    facts = Facts(errors={name: str(what) for name, what in _section(data, "errors", file)})
    for name, content in _maps(data, "models", file):
        with _at(f"{file}: models: {name}"):
            facts.models[name] = ModelFacts.from_json(content, name)
        facts.quantisations[name] = str(content.get("quantisation", ""))
        facts.sources[name] = file
    for name, content in _maps(data, "folders", file):
        with _at(f"{file}: folders: {name}"):
            facts.folders[name] = FolderFacts.from_json(content)
        facts.sources[name] = file
    return facts


@contextmanager
def _at(where: str) -> Iterator[None]:
    """Lets a UserError begin with where it is."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{where}: {error.message.removeprefix(where.rpartition(' ')[2] + ': ')}", hint=AGAIN) from None


def _maps(data: Mapping[str, object], key: str, file: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The entries of a section, each of which is a map."""
    for name, content in _section(data, key, file):
        if not isinstance(content, Mapping):
            raise UserError(f"{file}: {key}: {name}: is not a map of facts", hint=AGAIN)
        yield name, content


def _data(text: str) -> object:
    """The content of JSON or YAML; ValueError if it is neither."""
    if text.startswith('{"'):
        return json.loads(text)
    from yaml_rs import loads

    return loads(text, parse_datetime=False)


def _section(data: Mapping[str, object], key: str, file: str) -> Iterable[tuple[str, object]]:
    section = data.get(key) or {}
    if not isinstance(section, Mapping):
        raise UserError(f"{file}: {key}: is not a map of files", hint=AGAIN)
    return ((str(name), content) for name, content in section.items())


def _lines(content: object, comma: str) -> str:
    """Content with each entry of a map in its own line: as JSON if a comma separates them, else as YAML."""
    if not isinstance(content, dict) or not content:
        return f" {json.dumps(content)}"
    entries = f"{comma}\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in content.items())
    return f"{{\n{entries}\n}}" if comma else f"\n{entries}"
