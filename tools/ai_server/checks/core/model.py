"""The violation that a rule yields, and the finding that is made from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from ai_server.errors import UserError
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys, dotted
from ai_server.reading.textfile import Place
from ai_server.reading.yamlscalars import scalar
from ai_server.reading.yamltext import flow

Severity = Literal["error", "warning", "hint", "not-checked"]
ORDER = {"error": 0, "warning": 1, "hint": 2, "not-checked": 3}

NO_CLUSTER = "cluster/not-given"
"""The id of the finding that the rules that need a cluster could not run; no rule has this id."""
REMOVE = "remove it"
USE = "use "


@dataclass(frozen=True)
class Violation:
    """What a rule yields: the key, what is wrong, and the fix; place: if it is not the key's.

    at: the object that shows it. The same violation in several objects is reported once.
    meant: the key that was probably meant, if the schema rejects one.
    about: the names of keys below its own that would change it, such as a missing one. While one of them is rejected,
    the violation is only a consequence.
    changes: the fix as edits of the values, if that is more than advice.
    items: how many items of a list, from its key on, belong to it: two for --threads 8.
    """

    keys: Keys
    message: str
    fix: str = ""
    place: Place | None = None
    severity: Severity | None = None
    at: str = ""
    meant: Keys = ()
    about: frozenset[str] = frozenset()
    changes: tuple[Change, ...] = ()
    items: int = 1

    def use(self, value: Any, *, certain: bool = True) -> "Violation":
        """The violation with the fix to write another value at its key."""
        change = Change("set", self.keys, value, certain=certain)
        return replace(self, fix=f"{_perhaps(certain)}use {flow(value)}", changes=(change,))

    def remove(self, why: str = "", *, certain: bool = True) -> "Violation":
        """The violation with the fix to remove its key; uncertain for a warning: another version may know the key."""
        changes = self.changed(REMOVE)
        if not certain or self.severity == "warning":
            changes = tuple(replace(change, certain=False) for change in changes)
        return replace(self, fix=f"{_perhaps(certain)}remove it{why}", changes=changes)

    def changed(self, sentence: str) -> tuple[Change, ...]:
        """The edits for a sentence of a table, "remove it" or "use VALUE"; UserError for another one."""
        *above, last = self.keys
        if self.items > 1 and not isinstance(last, int):
            return ()  # the arguments come from other keys
        if sentence == REMOVE:
            items = [int(last) + number for number in reversed(range(self.items))] if self.items > 1 else [last]
            return tuple(Change("remove", (*above, item)) for item in items)
        if not sentence.startswith(USE):
            raise UserError(f'a change is "{REMOVE}" or "{USE}VALUE": {sentence}')
        if isinstance(last, int) and self.items != 2:
            return ()  # --flag=VALUE in one word
        value = sentence.removeprefix(USE)
        if self.items == 2:
            return (Change("set", (*above, int(last) + 1), value),)
        return (Change("set", self.keys, scalar(value)),)

    def move(self, to: Keys, *, certain: bool = True) -> "Violation":
        """The violation with the fix to move its key elsewhere."""
        where = dotted(to) if to[:-1] != self.keys[:-1] else str(to[-1])
        verb = "move it to" if to[:-1] != self.keys[:-1] else "use"
        change = Change("move", self.keys, to=to, certain=certain)
        return replace(self, fix=f"{_perhaps(certain)}{verb} {where}", changes=(change,))


def _perhaps(certain: bool) -> str:
    return "" if certain else "perhaps "


def reported_once(violations: Iterable[Violation]) -> Iterator[Violation]:
    """Merges what several objects show at one key into one violation, which names the first and counts the others.

    With the same fix it is the same mistake, even if an amount in the message differs.
    """
    same: dict[Violation, list[Violation]] = {}
    for violation in violations:
        message = "" if violation.at and violation.fix else violation.message
        same.setdefault(replace(violation, at="", message=message), []).append(violation)
    for first, *others in same.values():
        more = len({violation.at for violation in others} - {first.at})
        yield replace(first, message=_of_several(first, more), at="")


def _of_several(violation: Violation, more: int) -> str:
    """The message of a violation, with the object that shows it and the number of others."""
    message, name = violation.message, violation.at
    if not name:
        return message
    if message.startswith(name):
        return message.replace(name, f"{name} (and {more} more)", 1) if more else message
    return f"{message}: {name} and {more} more" if more else f"{message}: {name}"


def not_checked(why: str) -> Violation:
    """The violation for something that a rule could not check, with the reason."""
    return Violation((), why, severity="not-checked")


@dataclass(frozen=True)
class Finding:
    """A problem, its location and the fix, also as edits; not-checked: what could not be checked, and why."""

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    key: str
    message: str
    fix: str = ""
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.where}{self.severity} {key}{self.message} [{self.rule}]"

    @property
    def where(self) -> str:
        """The location at the start of a line of output."""
        return f"{self.file}:{self.line}:{self.column} " if self.file else ""

    @property
    def rank(self) -> tuple[Any, ...]:
        """The sort key: errors first, then by file; it uses every field, so that the order is always the same."""
        where = (self.file, self.line, self.column)
        return (ORDER[self.severity], *where, self.rule, self.key, self.message, self.fix, str(self.changes))

    def strict(self) -> "Finding":
        """The same finding, with a warning turned into an error."""
        return replace(self, severity="error") if self.severity == "warning" else self
