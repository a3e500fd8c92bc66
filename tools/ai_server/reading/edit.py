"""Edits the text of a values file at one key; every other character stays as it is, with comments, order and quotes."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from ai_server.errors import UserError
from ai_server.reading.comments import comments, lost, with_comments
from ai_server.reading.oddtext import with_spaces
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlfile import document_of
from ai_server.reading.yamltext import Text


@dataclass(frozen=True)
class Change:
    """An edit of a values file: set a key to a value, remove it, or move what it holds to another key; or use spaces in
    the complete file where tabs, or characters that look like spaces, stand for them.

    certain: whether it is what the user meant; otherwise it is only proposed.
    """

    op: Literal["set", "remove", "move", "spaces"]
    keys: Keys
    value: Any = None
    to: Keys = ()
    certain: bool = True

    def __hash__(self) -> int:
        return hash((self.op, self.keys, repr(self.value), self.to))


class CannotEdit(Exception):
    """The change does not apply to the text: the key is missing, or part of an alias, or the new key exists."""


def edited(text: str, *changes: Change) -> str:
    """The text of a values file after changes, which are made in order. CannotEdit if that is not possible without
    changing anything else, or without losing a comment about what stays.
    """
    if any(change.op == "spaces" for change in changes):
        return _with_spaces(text)  # it is not YAML yet
    try:
        before = comments(text)
        for change in _joined(_values(text), changes) if before else changes:
            text = _edited(text, change)
        written = next((change.keys for change in changes if change.op == "set"), None)
        result = with_comments(text, written, lost(before, comments(text))) if written else text
        if result is text or _values(result) == _values(text):
            return result
    except (UserError, LookupError, TypeError, ValueError) as error:
        raise CannotEdit(f"{type(error).__name__}: {error}") from None
    raise CannotEdit("a comment would be lost")


def _edited(text: str, change: Change) -> str:
    wanted = changed(_values(text), change)
    result = _apply(Text(text), change)
    missing = lost(comments(text), comments(result))
    if change.op == "remove":  # its own comments go with it, but those of an emptied map or list stay
        place = document_of(Path("values"), text).places[change.keys]
        result = with_comments(result, change.keys[:-1], [comment for comment in missing if comment.is_before(place)])
    else:
        result = with_comments(result, change.to or change.keys, missing)
    if _values(result) == wanted:
        return result
    raise CannotEdit("the result would differ elsewhere")


def _joined(values: dict[str, Any], changes: Sequence[Change]) -> Iterator[Change]:
    """The changes, in which a key that is removed and written anew elsewhere is moved, and then set: so its comments
    stay with it.
    """
    for change, following in zip_longest(changes, changes[1:]):
        old, new = change.keys, following.keys if following else ()
        apart = old[: len(new)] != new and new[: len(old)] != old
        rewritten = change.op == "remove" and following and following.op == "set" and apart
        if rewritten and isinstance(old[-1], str) and not is_there(values, new):
            yield Change("move", old, to=new)
        else:
            yield change


def _with_spaces(text: str) -> str:
    result = with_spaces(text)
    if result == text:
        raise CannotEdit("the spaces cannot be told")
    return result


def _values(text: str) -> dict[str, Any]:
    return document_of(Path("values"), text).values


def _apply(text: Text, change: Change) -> str:
    if change.op == "remove":
        return text.without(change.keys)
    if change.op == "set":
        return text.with_value(change.keys, change.value)
    if change.keys[:-1] == change.to[:-1]:
        return text.renamed(change.keys, str(change.to[-1]))
    last = str(change.to[-1])
    try:
        lines = Text(text.renamed(change.keys, last)).lines_of((*change.keys[:-1], last))
        return Text(text.with_lines(change.to, lines)).without(change.keys, comments=True)
    except LookupError:
        added = text.with_value(change.to, at(_values(text.text), change.keys))
        return Text(added).without(change.keys)


def is_there(values: Any, keys: Keys) -> bool:
    """Whether values have a key."""
    try:
        at(values, keys)
    except (LookupError, TypeError):
        return False
    return True


def at(values: Any, keys: Keys) -> Any:
    """The value at a path; LookupError or TypeError without one."""
    for key in keys:
        values = values[key]
    return values


def changed(values: dict[str, Any], *changes: Change) -> dict[str, Any]:
    """The values after changes, which are made in order. LookupError if a key is missing, or a new one exists."""
    values = copy.deepcopy(values)
    for change in changes:
        if change.op == "set":
            _put(values, change.keys, change.value)
            continue
        value = at(values, change.keys)
        del at(values, change.keys[:-1])[change.keys[-1]]
        if change.op == "move":
            _put(values, change.to, value, new=True)
    return values


def _put(values: Any, keys: Keys, value: Any, *, new: bool = False) -> None:
    """Sets a key, and makes the maps above it. LookupError if it must be new, and is not."""
    *above, last = keys
    for key in above:
        if isinstance(values, dict) and values.get(key) is None:
            values[key] = {}
        values = values[key]
    if isinstance(values, list) and last == len(values):
        values.append(value)
    elif new and last in values:
        raise LookupError(f"{last} exists")
    else:
        values[last] = value
