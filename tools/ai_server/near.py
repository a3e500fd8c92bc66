"""Finds the name that was probably meant: at most two letters away, and without the opposite meaning."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

OFF = re.compile(r"(?i:(?:^|[-_])(?:no|not|disabled?|without)(?:[-_]|$))|^(?:disable|no)(?=[A-Z])")
"""The part of a flag, a variable or a key that means off: --no-x, DISABLE_X, disableX."""
SWITCH = re.compile(r"(?i:^(?:--)?(?:(?:no|not|disabled?|without|enabled?|with)(?:[-_]|(?=(?-i:[A-Z]))|$))+)")
"""What a name says about on and off, at its start."""
SEPARATORS = re.compile(r"[-_. ]")
MOST_LETTERS = 2
LETTERS_PER_MISTAKE = 4


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name nearest to an unknown one; "" if none is near. Names that switch something off (--no-x, disable_x)
    are only near to others that do.
    """
    names = set(known)
    if name.startswith("--no") and f"--{name[4:]}" in names:
        name = f"--no-{name[4:]}"
    off = bool(OFF.search(name))
    return choice(name, (candidate for candidate in names if bool(OFF.search(candidate)) == off))


def choice(value: object, choices: Iterable[str]) -> str:
    """The choice that was probably meant: the nearest one; "" if none is near, or several are."""
    near: dict[tuple[int, bool], list[str]] = {}
    for name in choices:
        letters = apart(str(value), name)
        if letters is not None:
            # a letter is more often forgotten, doubled or swapped than replaced by another one
            near.setdefault((letters, _replaced(str(value), name)), []).append(name)
    best = near[min(near)] if near else []
    return best[0] if len(best) == 1 else ""


def begun(name: str, known: Iterable[str]) -> list[str]:
    """The known names that begin with a name, or that it begins with: claude for claude-code, codex-cli for codex."""
    short = _plain(name)
    plain = {other: _plain(other) for other in known}
    return [other for other, text in plain.items() if short and (text.startswith(short) or short.startswith(text))]


def alike(name: str, known: Sequence[str], most: int) -> list[str]:
    """The names that are most like another one, in their own order; no more than that many."""
    if len(known) <= most:
        return list(known)
    ranked = sorted(known, key=lambda other: -SequenceMatcher(None, _plain(name), _plain(other)).ratio())
    chosen = set(ranked[:most])
    return [other for other in known if other in chosen]


def _replaced(one: str, other: str) -> bool:
    short, long = sorted((Counter(_plain(one)), Counter(_plain(other))), key=Counter.total)
    return not short <= long


def apart(one: str, other: str) -> int | None:
    """The letters that are wrong, missing, too many or swapped between two names; None if that is more than a slip.

    Case, and what separates words, do not count. Names with different numbers are different names: qwen3-8b, qwen3-32b.
    """
    one, other = _plain(one), _plain(other)
    most = min(MOST_LETTERS, max(len(one), len(other)) // LETTERS_PER_MISTAKE)
    if abs(len(one) - len(other)) > most or re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return None
    letters = _distance(one, other)
    return letters if letters <= most else None


def _plain(name: str) -> str:
    rest = SWITCH.sub("", name)
    return SEPARATORS.sub("", rest or name).lower()


def _distance(one: str, other: str) -> int:
    """The optimal string alignment distance: Damerau's, in which no letter is changed twice."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, another in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != another))
            if last and j > 1 and letter == other[j - 2] and one[i - 2] == another:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
