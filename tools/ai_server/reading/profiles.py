"""Merges values files by Helm's rules, with the location of the winner for each key; and the profiles in values/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ai_server.errors import UserError
from ai_server.paths import PROFILES
from ai_server.reading.merge import merge
from ai_server.reading.textfile import Place
from ai_server.reading.yamlfile import Document, Repeated, document_of, read_values

Keys = tuple[str | int, ...]


@dataclass
class Values:
    """Several merged values files.

    values still contains nulls, with which coalesce() deletes the chart's defaults.
    """

    files: list[Path]
    values: dict[str, Any]
    places: dict[Keys, Place] = field(default_factory=dict)
    plain: dict[Keys, str] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    """The files before merging."""

    def place(self, path: Keys) -> Place:
        """The location of a key; if no file has it, of its nearest parent; for the root, the top of the last file."""
        top = Place(str(self.files[-1]) if self.files else "values", 1, 1)
        return nearest(self.places, path) or top

    @property
    def repeated(self) -> list[Repeated]:
        """The duplicate keys of all files."""
        return [twice for document in self.documents for twice in document.repeated]


def dotted(keys: Keys) -> str:
    """A path in readable form: rocm.nodes.halo.serve[0]."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def nearest(places: Mapping[Keys, Place], path: Keys) -> Place | None:
    """The location of a key, or of its nearest parent that has one."""
    return next((places[path[:length]] for length in range(len(path), 0, -1) if path[:length] in places), None)


def load(files: Sequence[Path], texts: Mapping[Path, str] | None = None) -> Values:
    """Reads and merges files in order, as `helm -f one -f two` does; later ones win. UserError for an invalid file.

    texts: of files, instead of what they contain.
    """
    loaded = Values([Path(file) for file in files], {})
    for file in loaded.files:
        document = document_of(file, texts[file]) if texts and file in texts else read_values(file)
        loaded.values = merge(loaded.values, document.values)
        loaded.documents.append(document)
        _remember(loaded, document)
    return loaded


def _remember(loaded: Values, document: Document) -> None:
    """Records the locations of a file; its lists and scalars invalidate those of earlier files below them."""
    replaced = {path for path in document.places if path in loaded.places and not _is_map(document.values, path)}
    if replaced:
        for old in [path for path in loaded.places if any(path[:end] in replaced for end in range(1, len(path) + 1))]:
            del loaded.places[old]
            loaded.plain.pop(old, None)
    loaded.places |= document.places
    loaded.plain |= document.plain


def _is_map(values: Any, path: Keys) -> bool:
    for key in path:
        try:
            values = values[key]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(values, dict)


@dataclass(frozen=True)
class Profile:
    """A folder below values/: the values files to install with, in order, and the cluster that they are written for."""

    name: str
    files: tuple[Path, ...]
    cluster: Path


def profiles() -> dict[str, Profile]:
    """Every profile by name (homelab, sites/home, ...), sorted. A base.yaml above a folder is its first file."""
    by_name = {}
    for values in sorted(PROFILES.rglob("values.yaml")):
        folder = values.parent
        base = folder.parent / "base.yaml"
        name = folder.relative_to(PROFILES).as_posix()
        files = (base, values) if base.is_file() else (values,)
        by_name[name] = Profile(name, files, folder / "cluster.yaml")
    return by_name


def profile(name: str) -> Profile:
    """The profile with that name; UserError lists the others."""
    known = profiles()
    if name not in known:
        raise UserError(f"unknown profile {name!r}", hint=f"choose from: {', '.join(known)}")
    return known[name]
