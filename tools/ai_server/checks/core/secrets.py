"""The secrets in values: reported by security/secret-in-values, and never printed, not even in that finding."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ai_server.checks.core.secret_forms import (
    KNOWN,
    OBJECT_NAME,
    WRITTEN,
    after_names,
    is_random,
    is_reference,
    kind_at,
    names_a_secret,
    parts_of,
)
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class Secret:
    """A secret in values: its key, what it is, and the text that must not be printed; in_name: whether it is in the
    name of the key.
    """

    keys: Keys
    kind: str
    text: str
    in_name: bool = False


def secrets_in(values: Any, plain: Mapping[Keys, str], above: Keys = ()) -> Iterator[Secret]:
    """The secrets of nested values; plain: the text of scalars without quotes, which may differ from the value;
    above: the path of the values.
    """
    yield from _in_maps(values, above)
    names = [str(key) for key in above if isinstance(key, str)]
    for keys, name, value in named(values, above, names[-1] if names else ""):
        written = value if isinstance(value, str) else plain.get(keys, str(value))
        for begin, end, kind in parts_of(written, in_values=True):
            yield Secret(keys, kind, written[begin:end])
        kind = kind_at(name, written) if not _of_a_secret(keys, written) else ""
        if kind:
            yield Secret(keys, kind, written)
            if str(value) != written:
                yield Secret(keys, kind, str(value))


def _maps(value: Any, keys: Keys) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """Every map in nested values with its key."""
    if isinstance(value, dict):
        yield keys, value
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _maps(inner, (*keys, key))


def _in_maps(values: Any, above: Keys) -> Iterator[Secret]:
    """The secrets in the names of keys, and what manifests of Secrets hold, whatever its name and form."""
    for keys, entries in _maps(values, above):
        for name in map(str, entries):
            for begin, end, kind in _parts_of_name(name):
                yield Secret((*keys, name), kind, name[begin:end], in_name=True)
        for part in ("stringData", "data") if entries.get("kind") == "Secret" else ():
            held = entries.get(part)
            for name, value in held.items() if isinstance(held, dict) else ():
                a_file = str(name).endswith((".yaml", ".yml"))  # in which each text counts by itself
                if isinstance(value, str) and value and not a_file and not is_reference(value):
                    yield Secret((*keys, part, name), "a secret", value)


@lru_cache(maxsize=4096)
def _parts_of_name(name: str) -> tuple[tuple[int, int, str], ...]:
    return tuple(parts_of(name, in_values=True))


def default_passwords(values: Any) -> Iterator[tuple[Keys, Any]]:
    """Every key for a secret with a well-known password, and that; not flags."""
    for keys, name, value in named(values):
        for_a_secret = names_a_secret(name) and not name.startswith("--") and not name.endswith("Secret")
        if for_a_secret and str(value).lower() in KNOWN and not _of_a_secret(keys, str(value)):
            yield keys, value


def named(value: Any, keys: Keys = (), name: str = "") -> Iterator[tuple[Keys, str, Any]]:
    """Every text and number with its name: its key, its flag, or that of the map around a `value` or the name of a
    Secret; the `name` next to a `value` comes first.
    """
    if isinstance(value, dict):
        sibling = str(value.get("name", ""))
        for key, inner in value.items():
            of_a_secret = key == "name" and name.endswith("Secret")
            with_name = (sibling or name) if key == "value" else name if of_a_secret else str(key)
            yield from named(inner, (*keys, key), with_name)
    elif isinstance(value, list):
        before = ""
        for index, item in enumerate(value):
            flag = before if before.startswith("--") and isinstance(item, str) and not item.startswith("-") else name
            yield from named(item, (*keys, index), flag)
            before = item if isinstance(item, str) and "=" not in item else ""
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield keys, name, value


def _of_a_secret(keys: Keys, text: str) -> bool:
    """Whether a text is the name of a Secret, or of a key in one: apiKeySecret.name, secretKeyRef.key."""
    if keys[-1] == "secretKey" and keys[0] == "extraObjects":
        return True  # of an ExternalSecret: the name of a key in the Secret that it makes
    around = [str(key) for key in keys[:-1]]
    return any(key.endswith(("Secret", "Secrets", "KeyRef", "SecretRef")) for key in around) and bool(
        OBJECT_NAME.fullmatch(text) or re.fullmatch("[A-Z_]+", text)
    )


PART = re.compile(r"[^\s\"':=,\[\]{}]{3,}")
"""A part of a line that may be a secret or its name."""


QUOTED = re.compile('"([^"]+)"')


class Mask:
    """Removes known secrets, and texts in the form of one, from lines and messages."""

    def __init__(self, secrets: Iterable[Secret] = (), names: Iterable[str] = ()) -> None:
        """names: words that a message may show although they are a secret as well, such as those of the components."""
        self._names = frozenset(names)
        self._by_beginning: dict[str, set[str]] = {}
        for secret in secrets:
            for part in (secret.text, *secret.text.splitlines()):
                if len(part) >= 3:
                    self._by_beginning.setdefault(part[:3], set()).add(part)

    def message(self, text: str) -> str:
        """A message without secrets; the words of the rule remain, unlike what it quotes."""
        known = [span for span in self._known(text, shortest=6) if text[slice(*span)] not in self._names]
        spans = [*known, *((a, b) for a, b, _ in parts_of(text))]
        for quoted in QUOTED.finditer(text):
            start = quoted.start(1)
            spans += [(start + a, start + b) for a, b, _ in parts_of(quoted[1], in_values=True)]
        return _without(text, spans)[0]

    def hint(self, hint: str, line: str) -> str:
        """The fix for a line that is not YAML, without what it quotes from the line if that may be a secret."""
        shown, _ = self.line(line, parsed=False)
        hidden = set(PART.findall(line)) - set(PART.findall(shown))
        return "put the text in quotes, and a space after each colon" if any(text in hint for text in hidden) else hint

    def line(self, text: str, column: int = 0, *, parsed: bool = True) -> tuple[str, int]:
        """A line of a file without secrets, and the new position of a column (from 0).

        parsed: whether the file could be read, so that its secrets are known; otherwise any random text is hidden.
        """
        spans = [*self._known(text, shortest=3), *((a, b) for a, b, _ in parts_of(text, in_values=True))]
        spans += [(begin, end) for begin, end, _ in after_names(WRITTEN, text)]
        if not parsed:
            spans += [word.span() for word in re.finditer(r"[A-Za-z0-9_+/=]{12,}", text) if is_random(word[0])]
        return _without(text, spans, column)

    def _known(self, text: str, *, shortest: int) -> Iterator[tuple[int, int]]:
        if not self._by_beginning:
            return
        for begin in range(len(text) - 2):
            for part in self._by_beginning.get(text[begin : begin + 3], ()):
                end = begin + len(part)
                quoted = text[begin - 1 : begin] == text[end : end + 1] == '"'
                if (
                    (len(part) >= shortest or quoted)
                    and text.startswith(part, begin)
                    and _is_separate(text, begin, end)
                ):
                    yield begin, end


def _is_separate(text: str, begin: int, end: int) -> bool:
    before, after = text[begin - 1] if begin else " ", text[end] if end < len(text) else " "
    return not (before.isalnum() and text[begin].isalnum()) and not (after.isalnum() and text[end - 1].isalnum())


def _without(text: str, spans: Iterable[tuple[int, int]], column: int = 0) -> tuple[str, int]:
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    shown, done, position = "", 0, column
    for begin, end in joined:
        shown += f"{text[done:begin]}***"
        done = end
        if column >= end:
            position -= end - begin - 3
        elif column > begin:
            position -= column - begin
    return shown + text[done:], position
