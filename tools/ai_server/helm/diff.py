"""Compares two renders: objects added, removed and changed, path by path."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
        olds, news = ({_name(item): item for item in items} for items in (old, new))
        for key in [*olds, *(key for key in news if key not in olds)]:
            yield from _walk(name, f"{path}[{key}]", olds.get(key), news.get(key))
    elif isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        if old != new:
            yield from _texts(name, path, old, new)
    elif _is_command(old) and _is_command(new):
        for removed, added in _items(_flags(old), _flags(new)):
            yield Change(name, path, removed, added)
    elif old != new:
        yield Change(name, path, old, new)


def _name(item: Any) -> str:
    """What identifies an item of a list: its name; of a route, its id; of a pair, its key. "" if nothing does."""
    if not isinstance(item, dict):
        return ""
    of_route = item.get("model_info")
    if isinstance(of_route, dict) and "id" in of_route:
        return str(of_route["id"])
    return str(item.get("name") or (next(iter(item)) if len(item) == 1 else ""))


def _named(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    names = [_name(item) for item in value]
    return all(names) and len(set(names)) == len(names)


def _texts(name: str, path: str, old: str, new: str) -> Iterator[Change]:
    """The differences of a file in a ConfigMap: of YAML key by key, of others line by line, with their section."""
    parsed = [_parsed(text) for text in (old, new)] if path.endswith((".yaml", ".yml", ".json")) else []
    if len(parsed) == 2 and all(isinstance(value, dict) for value in parsed) and parsed[0] != parsed[1]:
        yield from (replace(change, path=f"{path}: {change.path}") for change in _walk(name, "", *parsed))
        return
    olds, news = _sections(old), _sections(new)
    for section in [*olds, *(section for section in news if section not in olds)]:
        for removed, added in _items(olds.get(section, []), news.get(section, [])):
            yield Change(name, f"{path}: {section}" if section else path, removed, added)


def _parsed(text: str) -> Any:
    from yaml_rs import YAMLDecodeError, loads

    try:
        return loads(text, parse_datetime=False)
    except YAMLDecodeError:
        return None


def _sections(text: str) -> dict[str, list[str]]:
    """The lines of a text below each line such as [section]; those before the first one are below ""."""
    sections: dict[str, list[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            section = line
        sections.setdefault(section, []).append(line)
    return sections


def _is_command(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _flags(arguments: list[str]) -> list[str]:
    """Arguments with each flag and its value in one text."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1].startswith("-") and " " not in joined[-1] and not argument.startswith("-"):
            joined[-1] += f" {argument}"
        else:
            joined.append(argument)
    return joined


def _items(old: list[str], new: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """The items that are removed or added, in order."""
    import difflib

    for line in list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]:
        if not line.startswith("@@"):
            yield (line[1:], None) if line.startswith("-") else (None, line[1:])
