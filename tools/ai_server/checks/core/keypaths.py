"""Paths of keys in nested values: (rocm, nodes, halo, serve, 0)."""

from collections.abc import Iterator, Sequence
from typing import Any

from ai_server.reading.profiles import Keys
from ai_server.reading.profiles import dotted as dotted


def leaves(value: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Every scalar of nested values with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def takes_next(arguments: Any, index: Any) -> bool:
    """Whether an item of a list of arguments is a flag, and the next item its value, as far as is known."""
    if not isinstance(arguments, list) or not isinstance(index, int):
        return False
    flag, *after = map(str, arguments[index : index + 2])
    return flag.startswith("-") and "=" not in flag and after != [] and not after[0].startswith("-")


def without(values: Any, removed: Sequence[Keys]) -> Any:
    """Values without the keys at some paths."""
    if not removed or not isinstance(values, dict | list):
        return values
    below: dict[str | int, list[Keys]] = {}
    for path in removed:
        below.setdefault(path[0], []).append(path[1:])
    here = {key for key, paths in below.items() if () in paths}
    if isinstance(values, dict):
        return {key: without(value, below.get(key, [])) for key, value in values.items() if key not in here}
    return [without(value, below.get(index, [])) for index, value in enumerate(values) if index not in here]
