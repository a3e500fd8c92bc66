"""Values of other charts and configurations of programs: each key that is set is reported with its name here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.keypaths import dotted, leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.engine.conversions import values_as
from ai_server.helm.render import chart_defaults
from ai_server.reading.edit import Change, is_there
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import plural
from ai_server.reading.yamlfile import Document

FILE, KEY = "values/foreign-file", "values/renamed-key"
Row = Mapping[str, Any]


@cache
def ours() -> frozenset[str]:
    """The sections of this chart's values."""
    return frozenset(chart_defaults())


def name_of(values: Mapping[str, Any]) -> str:
    """The name of the table for a file; "" for a file of another kind."""
    image = values.get("image")
    repository = image.get("repository") if isinstance(image, dict) else ""
    for name, table in facts.table("other_values").items():
        if values.keys() & set(table["signs"]) or ("image" in table and table["image"] in str(repository)):
            return str(name)
    return ""


def violations(document: Document, name: str, secrets: Sequence[Keys]) -> Iterator[tuple[str, Violation]]:
    """What the file is, and each of its keys with the name here; the keys without a value in one violation.

    secrets: the keys that hold secrets, which no change may contain.
    """
    reader = _Reader(document, name, secrets, [])
    keys = list(reader.below((), "", document.values, facts.table("other_values")[name]["keys"]))
    first = next(iter(document.values))
    message = f"the file is {facts.table('other_values')[name]['is']}, which has other keys"
    yield FILE, Violation((), message, "move each key as shown below", document.places[first,])
    yield from ((KEY, violation) for violation in keys)
    if empty := reader.empty:
        others = f", like {plural(len(empty) - 1, 'other key')}" if len(empty) > 1 else ""
        changes = tuple(Change("remove", keys) for keys in reversed(empty))
        fix = f"remove {'them' if others else 'it'}"
        yield KEY, Violation(empty[0], f"has no value{others}", fix, document.places[empty[0]], changes=changes)


@dataclass
class _Reader:
    """Looks up the keys of a file; empty: those without a value."""

    document: Document
    name: str
    secrets: Sequence[Keys]
    empty: list[Keys]

    def below(self, path: Keys, above: str, values: Mapping[str, Any], rows: Mapping[str, Row]) -> Iterator[Violation]:
        """The violations of the keys of a map. above: the map's name in the table, with a dot, or "" at the top."""
        for key, value in values.items():
            if not path and key in ours():
                continue
            name, keys = f"{above}{key}", (*path, key)
            row = rows.get(name) or rows.get(f"{above}*")
            deeper = any(other.startswith(f"{name}.") for other in rows)
            if (row or deeper) and _is_empty(value):
                self.empty.append(keys)
            elif deeper and isinstance(value, dict):
                yield from self.below(keys, f"{name}.", value, rows)
            elif row and "file" in row and isinstance(value, dict):
                yield from self.below(keys, "", value, facts.table("other_values")[row["file"]]["keys"])
            elif row:
                yield self._moved(keys, value, row)

    def _moved(self, keys: Keys, value: Any, row: Row) -> Violation:
        place, why = self.document.places[keys], f": {row['why']}" if "why" in row else ""
        off = value is False or (isinstance(value, dict) and value.get("enabled") is False)
        if row.get("gone") or (off and not row.get("moves")):
            return Violation(keys, f"has no counterpart here{why}", place=place).remove()
        new = str(row.get("new", "")).replace("*", str(keys[-1]))
        if not new:
            return Violation(keys, f"has no counterpart here{why}", "remove it", place)
        changes = self._changes(keys, value, row, tuple(new.split("."))) if row.get("moves") else ()
        return Violation(keys, f"is {new} here{why}", f"use {new}", place, changes=changes)

    def _changes(self, keys: Keys, value: Any, row: Row, to: Keys) -> tuple[Change, ...]:
        """The edits that move a value with the same meaning; none if that is not possible."""
        written = row.get("as")
        if written and not (written == "env" and isinstance(value, dict)):
            values = values_as(value, written)
            if values is None or any(secret[: len(keys)] == keys for secret in self.secrets):
                return ()
            sets = [Change("set", (*to, *name), item) for name, item in values.items()]
            edits = (Change("remove", keys), *sets)
        else:
            sets, edits = [], (Change("move", keys, to=to),)
        if any(
            is_there(self.document.values, new)
            for new in (to, *(change.keys for change in sets))
            if new != to or not sets
        ):
            return ()
        return (*edits, *self._needed(to))

    def _needed(self, to: Keys) -> Iterator[Change]:
        """What a new key needs to have an effect, unless the file has it."""
        for prefix, values in facts.table("other_values")[self.name].get("with", {}).items():
            if dotted(to).startswith(prefix):
                for key, value in values.items():
                    if not is_there(self.document.values, tuple(key.split("."))):
                        yield Change("set", tuple(key.split(".")), value)


def _is_empty(value: Any) -> bool:
    """Whether nothing is set in a value."""
    return all(leaf is None or leaf == "" for _, leaf in leaves(value))
