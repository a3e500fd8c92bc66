"""What is known about the model files of a release: read from a folder or a facts file, else told by a file's name."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from ai_server.errors import UserError
from ai_server.memory.by_name import facts_by_name
from ai_server.memory.by_name_folder import folder_by_name
from ai_server.memory.folder import FolderFacts, read_folder
from ai_server.memory.model import ModelFacts

if TYPE_CHECKING:
    from ai_server.memory.facts_file import Facts

How = Literal["file", "name", "unknown"]
Trouble = Literal["", "broken", "missing", "unlisted"]
T = TypeVar("T", ModelFacts, FolderFacts)


@dataclass(frozen=True)
class Known(Generic[T]):
    """The facts of a model (None: nothing is known), and how they are known.

    least: the bytes that its weights take at least, if a name tells them; shape: whether its layers are known; source:
    the file, or the source of what is known about such names, for people.
    problem: why a file that should have been read was not, "" for none; trouble: whether it is broken, missing in the
    folder, or unlisted in facts files that have one with nearly the same name; meant: the path that was probably meant.
    """

    facts: T | None
    how: How
    least: int | None = None
    shape: bool = True
    source: str = ""
    problem: str = ""
    trouble: Trouble = ""
    meant: str = ""


@dataclass(frozen=True)
class KnownModels:
    """Where facts come from: a folder with model files, or facts files; without both, the names of files alone.

    by_node: facts of what is on a node itself, by the node's name.
    """

    folder: Path | None = None
    facts: "Facts | None" = field(default=None, hash=False)
    by_node: "Mapping[str, Facts]" = field(default_factory=dict, hash=False)

    @property
    def given(self) -> bool:
        """Whether there is more than names of files."""
        return self.folder is not None or self.facts is not None or bool(self.by_node)

    def on(self, node: str) -> "KnownModels":
        """What is known about the model files on a node."""
        own = self.by_node.get(node)
        if not own:
            return self
        from ai_server.memory.facts_file import Facts

        return KnownModels(self.folder, (self.facts or Facts()) | own)

    def model_at(self, path: str) -> Known[ModelFacts]:
        """What is known about a GGUF file, by its path below the models folder: by its name, if it cannot be read."""
        found = self._found(path)
        facts, problem = read_model(self.folder, path) if found and self.folder else (None, "")
        if facts:
            return Known(facts, "file", source=found)
        if self.facts and not found and (written := self.facts.model(path)):
            return Known(written, "file", source=self.facts.source(path))
        return self._without(_model_by_name(path), path, problem)

    def folder_at(self, path: str) -> Known[FolderFacts]:
        """What is known about a folder of safetensors; as above."""
        found = self._found(path)
        facts, problem = _read_folder(self.folder, path) if found and self.folder else (None, "")
        if facts:
            return Known(facts, "file", source=found)
        if self.facts and not found and (written := self.facts.folder(path)):
            return Known(written, "file", source=self.facts.source(path))
        return self._without(_folder_by_name(path), path, problem)

    def _found(self, path: str) -> str:
        """The file or folder at a path of the models folder, or where it would be if only parts of it are there; ""
        without one. Paths of the node that are not below its models folder are not there.
        """
        if not self.folder or not path or os.path.isabs(path):
            return ""
        from ai_server.memory.shards import parts_of

        there = any(os.path.exists(self.folder / part) for part in (path, *parts_of(path)))
        return str(self.folder / path) if there else ""

    def _without(self, known: Known[T], path: str, problem: str) -> Known[T]:
        """What is known by name, with the reason for which nothing was read, if there is one."""
        if problem:
            return replace(known, problem=problem, trouble="broken")
        if not path or os.path.isabs(path):
            return known
        if self.facts and (problem := self.facts.error(path)):
            return replace(known, problem=problem, trouble="broken")
        if self.folder:
            from ai_server.memory.meant import meant, models_below

            near = meant(path, models_below(self.folder))
            return replace(known, problem=f"is not in {self.folder}", trouble="missing", meant=near)
        name, source = _listed(path, self.facts) if self.facts else ("", "")
        if name:
            return replace(known, problem=f"is not in {source}, which has {name}", trouble="unlisted", meant=name)
        return known


def read_model(folder: Path, path: str) -> tuple[ModelFacts | None, str]:
    """The facts of a GGUF file with all its parts, or why it cannot be read."""
    from ai_server.memory.gguf_bytes import GgufError

    try:
        return _model(folder / path), ""
    except GgufError as error:
        return None, _reason(str(error), folder, path)
    except UserError as error:
        return None, _reason(error.message, folder, path)


@cache
def _model(path: Path) -> ModelFacts:
    from ai_server.memory.shards import read_parts

    return ModelFacts.of(*read_parts(str(path)), file=str(path))


def _read_folder(folder: Path, path: str) -> tuple[FolderFacts | None, str]:
    """The facts of a folder of safetensors, or why it cannot be read."""
    try:
        return read_folder(folder / path), ""
    except UserError as error:
        return None, _reason(error.message, folder, path)
    except OSError as error:
        return None, _reason(f"{error.filename}: cannot be read: {error.strerror}", folder, path)


def _reason(message: str, folder: Path, path: str) -> str:
    """A message about a file without its path, or with its path below the models folder if it is another file."""
    about = str(folder / path)
    for start in (f"{about}: ", f"{about}/", f"{about} "):
        message = message.removeprefix(start)
    return message.removeprefix(f"{folder}/")


def _listed(path: str, facts: "Facts") -> tuple[str, str]:
    """The name in facts files that is so near to a path that one is probably wrong, and its file; "" for none."""
    from ai_server.memory.meant import meant, very_near

    near = meant(path, (*facts.models, *facts.folders))
    return (near, facts.source(near) or "the facts") if near and very_near(near, path) else ("", "")


@cache
def _model_by_name(path: str) -> Known[ModelFacts]:
    found = facts_by_name(path)
    if not found:
        return Known(None, "unknown")
    return Known(found.facts, "name", found.least, bool(found.model), found.source)


@cache
def _folder_by_name(path: str) -> Known[FolderFacts]:
    found = folder_by_name(path)
    return Known(found.facts, "name", found.least, source=found.source) if found else Known(None, "unknown")
