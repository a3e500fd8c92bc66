"""Compares two renders: objects added, removed and changed, path by path."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ai_server.kube.manifests import Manifests, identity


@dataclass(frozen=True)
class Change:
    """One difference. path is "" for an added or removed object; before or after is None if the value is missing."""

    object: str
    path: str
    before: Any
    after: Any


def compare(before: Manifests, after: Manifests) -> list[Change]:
    """The differences between two renders, sorted by object and path."""
    old = {identity(item): item for item in before}
    new = {identity(item): item for item in after}
    changes: list[Change] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            changes.append(Change(name, "", "there" if name in old else None, "there" if name in new else None))
        else:
            changes += _walk(name, "", old[name], new[name])
    return changes


def _walk(name: str, path: str, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _walk(name, f"{path}.{key}" if path else key, old.get(key), new.get(key))
    elif _named(old) and _named(new):
        # compare lists of named items (containers, env) by name, so that a new first item does not change all others
        olds, news = ({item["name"]: item for item in items} for items in (old, new))
        for key in sorted(olds.keys() | news.keys()):
            yield from _walk(name, f"{path}[{key}]", olds.get(key), news.get(key))
    elif isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        for removed, added in _lines(old, new):
            yield Change(name, path, removed, added)
    elif old != new:
        yield Change(name, path, old, new)


def _named(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "name" in item for item in value)


def _lines(old: str, new: str) -> Iterator[tuple[str | None, str | None]]:
    import difflib

    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0):
        if line.startswith("-") and not line.startswith("---"):
            yield line[1:], None
        elif line.startswith("+") and not line.startswith("+++"):
            yield None, line[1:]
