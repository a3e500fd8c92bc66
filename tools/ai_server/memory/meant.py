"""The model file that was probably meant by a path at which there is none."""

import os
import posixpath
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ai_server.memory.inspection import find
from ai_server.memory.quantisation import quantisation
from ai_server.memory.shards import PART, first_part, parts_of
from ai_server.near import apart, choice


@cache
def models_below(folder: Path) -> tuple[str, ...]:
    """The GGUF files and safetensors folders below a folder, by their paths below it; the first part of split ones."""
    found = {os.path.relpath(first_part(path), folder).replace(os.sep, "/") for path in find(str(folder))}
    return tuple(sorted(found))


def exists(folder: Path, path: str) -> bool:
    """Whether a folder has a model, or a part of it."""
    return any(os.path.exists(folder / part) for part in parts_of(path))


def meant(path: str, names: Iterable[str]) -> str:
    """The name that was probably meant; "" if none is near, or several are: that with the same last part in another
    folder or case, or split in another way; else one that is at most two letters away, first in the same folder.
    """
    names = [name for name in names if _is_file(name) == _is_file(path)]
    if same := [name for name in names if same_model(name, path)]:
        return _only(same)
    beside = [name for name in names if posixpath.dirname(name) == posixpath.dirname(path)]
    for group in (beside, names):
        if near := choice(_last(path), {_last(name) for name in group}):
            return _only([name for name in group if _last(name) == near])
    return ""


def same_model(one: str, other: str) -> bool:
    """Whether two paths differ only in the folder, in upper and lower case, or in how the model is split."""
    return _last(one) == _last(other)


def very_near(one: str, other: str) -> bool:
    """Whether two paths are those of one model, but for a letter that does not change how it is quantised."""
    return apart(_last(one), _last(other)) in (0, 1) and quantisation(_last(one)) == quantisation(_last(other))


def better_folder(folder: Path, paths: Iterable[str]) -> Path | None:
    """The folder above, or one below, that has some of the files if a folder has none; None without one."""
    paths = list(paths)
    above = folder.parent if folder.name and len(folder.parts) > 1 else folder.absolute().parent
    try:
        below = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        below = []
    found = [(sum(exists(other, path) for path in paths), other) for other in (above, *below)]
    most, best = max(found, key=lambda item: item[0])
    return best if most else None


def _only(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ""


def _is_file(path: str) -> bool:
    return path.lower().endswith(".gguf")


def _last(path: str) -> str:
    """The last part of a path, in small letters, without .gguf and how a model is split."""
    return PART.sub("", posixpath.basename(path.rstrip("/"))).lower().removesuffix(".gguf")
