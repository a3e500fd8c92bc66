"""Values by path, and copies of values with one value replaced."""

from typing import Any

import yaml

Path = str | tuple[str | int, ...]
"""rocm.models.chat, or ("rocm", "models", "a.name.with.dots"); a number is the index of an item."""


def at(path: Path, value: Any, *more: Any, within: Any = None) -> dict[str, Any]:
    """Values with one or more values at paths: at("rocm.port", 1, "rocm.build", 2).

    within: in a copy of these values, which shares what did not change.
    """
    made = _with(within, tuple(path.split(".")) if isinstance(path, str) else path, value)
    return at(*more, within=made) if more else made


def flow(text: str) -> dict[str, Any]:
    """A map in flow style: flow("file: a.gguf, mode: embedding")."""
    values: dict[str, Any] = yaml.safe_load(f"{{{text}}}")
    return values


def as_text(values: str | dict[str, Any]) -> str:
    """Values as a file's text."""
    return values if isinstance(values, str) else yaml.safe_dump(values, sort_keys=False)


def renamed(values: Any, path: tuple[str | int, ...], name: str) -> Any:
    """A copy with a key renamed, in the same position."""
    neighbours = values
    for key in path[:-1]:
        neighbours = neighbours[key]
    turned = {name if key == path[-1] else key: value for key, value in neighbours.items()}
    return at(path[:-1], turned, within=values)


def _with(values: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(values, list) and isinstance(key, int):
        return [*values[:key], _with(values[key], rest, value), *values[key + 1 :]]
    copy = dict(values or {})
    copy[key] = _with(copy.get(key), rest, value)
    return copy
