"""Characters that look like a space, a quote or a dash of YAML, or like nothing, where YAML needs the real one."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

SPACES = "\u00a0\u2000-\u200a\u202f\u205f\u3000"
INVISIBLE = "\u200b-\u200f\u2060\ufeff"
QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
DASHES = "\u2010-\u2015\u2212"
ODD = re.compile(f"[{SPACES}{INVISIBLE}{QUOTES}{DASHES}]")
BLANK = f"[{SPACES}{INVISIBLE}]"
STRUCTURE = re.compile(
    rf"^(?P<indent>[ \t]*{BLANK}[ \t{SPACES}{INVISIBLE}]*)"  # the indentation
    rf"|(?<=[\w\"'\]]):(?P<after>[ \t]*{BLANK}[ \t{SPACES}{INVISIBLE}]*)"  # the space after a colon
    rf"|^[ \t]*-(?P<item>{BLANK}[ \t{SPACES}{INVISIBLE}]*)"  # the space after the dash of an item
)
"""Where a line has odd spaces that YAML would need to be spaces."""


def odd_characters(text: str) -> str:
    """The names of characters that look like others: "no-break space (U+00A0)"."""
    found = dict.fromkeys(ODD.findall(text))
    return " and ".join(f"{unicodedata.name(letter).lower()} (U+{ord(letter):04X})" for letter in found)


def odd_spaces(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """The lines in which odd spaces stand for those of YAML: the line and column, from 1, and the spaces."""
    for number, line in enumerate(lines, start=1):
        if not line.isascii() and not line.lstrip().startswith("#") and (found := STRUCTURE.search(line)):
            blank = next(text for text in found.groups() if text is not None)
            start = found.start() if found["indent"] else found.end() - len(blank)
            yield number, start + 1, blank


def with_spaces(text: str) -> str:
    """The text with spaces where YAML needs them, in place of odd ones."""
    return "".join(_cleaned(line) for line in text.splitlines(keepends=True))


def _cleaned(line: str) -> str:
    if line.isascii() or line.lstrip().startswith("#"):
        return line
    return STRUCTURE.sub(lambda found: _as_spaces(found[0]), line)


def _as_spaces(text: str) -> str:
    return re.sub(f"[{SPACES}]", " ", re.sub(f"[{INVISIBLE}]", "", text))
