"""What is known about the model files of a release: read from a folder or a facts file, else told by a file's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
T = TypeVar("T", ModelFacts, FolderFacts)


@dataclass(frozen=True)
class Known(Generic[T]):
    """The facts of a model (None: nothing is known), and how they are known.

    least: the bytes that its weights take at least, if a name tells them; shape: whether its layers are known; source:
    the file, or the source of what is known about such names, for people.
    """

    facts: T | None
    how: How
    least: int | None = None
    shape: bool = True
    source: str = ""


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
        """What is known about a GGUF file, by its path below the models folder. UserError for a file that is broken."""
        if self.folder and (self.folder / path).is_file():
            facts = read_model(self.folder / path)
            return Known(facts, "file", source=str(self.folder / path))
        if self.facts and (written := self.facts.model(path)):
            return Known(written, "file", source=self.facts.source(path))
        return _model_by_name(path)

    def folder_at(self, path: str) -> Known[FolderFacts]:
        """What is known about a folder of safetensors; as above."""
        if self.folder and (self.folder / path).is_dir():
            facts = read_folder(self.folder / path)
            return Known(facts, "file", source=str(self.folder / path))
        if self.facts and (written := self.facts.folder(path)):
            return Known(written, "file", source=self.facts.source(path))
        return _folder_by_name(path)


@cache
def read_model(path: Path) -> ModelFacts:
    """The facts of a GGUF file with all its parts; UserError if one is missing or broken."""
    from ai_server.memory.gguf_bytes import GgufError
    from ai_server.memory.shards import read_parts

    try:
        return ModelFacts.of(*read_parts(str(path)), file=str(path))
    except GgufError as error:
        raise UserError(str(error), hint="download the file again, or remove it from --models") from None


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
