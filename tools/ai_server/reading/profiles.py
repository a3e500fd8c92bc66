"""Values files merged by Helm's rules, with the place that won for each key; and the profiles in values/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ai_server.errors import UserError
from ai_server.paths import PROFILES
from ai_server.reading.merge import merge
from ai_server.reading.textfile import Place
from ai_server.reading.yamlfile import Document, Repeated, read_values

Keys = tuple[str | int, ...]


@dataclass
class Values:
    """Several values files as one.

    values still holds nulls: they delete the chart's own defaults, which coalesce() does.
    """

    files: list[Path]
    values: dict[str, Any]
    places: dict[Keys, Place] = field(default_factory=dict)
    plain: dict[Keys, str] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    """Each file by itself."""

    def place(self, path: Keys) -> Place:
        """Where a key stands; for one that stands nowhere, its nearest parent; for the root, the last file's top."""
        top = Place(str(self.files[-1]) if self.files else "values", 1, 1)
        return nearest(self.places, path) or top

    @property
    def repeated(self) -> list[Repeated]:
        """The keys that stand twice in one map of one file."""
        return [twice for document in self.documents for twice in document.repeated]


def nearest(places: Mapping[Keys, Place], path: Keys) -> Place | None:
    """Where a key stands, or its nearest parent that stands anywhere."""
    return next((places[path[:length]] for length in range(len(path), 0, -1) if path[:length] in places), None)


def load(files: Sequence[Path]) -> Values:
    """Reads files in order, as `helm -f one -f two` does; the later wins. UserError for what is no values file."""
    loaded = Values([Path(file) for file in files], {})
    for file in loaded.files:
        document = read_values(file)
        loaded.values = merge(loaded.values, document.values)
        loaded.documents.append(document)
        _remember(loaded, document)
    return loaded


def _remember(loaded: Values, document: Document) -> None:
    """A later file's list or scalar makes the earlier files' places below it void."""
    replaced = {path for path in document.places if path in loaded.places and not _is_map(document.values, path)}
    if replaced:
        for old in [each for each in loaded.places if any(each[:end] in replaced for end in range(1, len(each) + 1))]:
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
    """A folder below values/: the values files to install with, in order, and the cluster they are for."""

    name: str
    files: tuple[Path, ...]
    cluster: Path


def profiles() -> dict[str, Profile]:
    """Every profile by name (homelab, sites/home, ...), sorted. A base.yaml above a folder is its first file."""
    found = {}
    for values in sorted(PROFILES.rglob("values.yaml")):
        folder = values.parent
        base = folder.parent / "base.yaml"
        name = folder.relative_to(PROFILES).as_posix()
        files = (base, values) if base.is_file() else (values,)
        found[name] = Profile(name, files, folder / "cluster.yaml")
    return found


def profile(name: str) -> Profile:
    """The profile of that name; UserError names the others."""
    known = profiles()
    if name not in known:
        raise UserError(f"no profile is called {name!r}", hint=f"choose from: {', '.join(known)}")
    return known[name]
