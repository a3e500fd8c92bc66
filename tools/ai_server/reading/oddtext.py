"""Characters that look like a space, a quote or a dash of YAML, or like nothing, where YAML needs the real one."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ai_server.reading.yamllines import Scan, scan

SPACES = "\u00a0\u2000-\u200a\u202f\u205f\u3000"
INVISIBLE = "\u200b-\u200f\u2060\ufeff"
QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
DASHES = "\u2010-\u2015\u2212"
ODD = re.compile(f"[{SPACES}{INVISIBLE}{QUOTES}{DASHES}]")
BLANKS = rf"[ \t]*[{SPACES}{INVISIBLE}][ \t{SPACES}{INVISIBLE}]*"
STRUCTURE = re.compile(
    rf"^(?P<indent>{BLANKS})|^(?:[^:#]|:(?![\s{SPACES}]))*?:(?P<after>{BLANKS})|^\s*-(?P<item>{BLANKS})"
)
"""Where a line has odd spaces that YAML would need to be spaces: in the indentation, after a key, after a dash."""
OddSpace = tuple[int, int, str]
"""The line and column of odd spaces, from 1, and the spaces."""


def odd_characters(text: str) -> str:
    """The names of characters that look like others: "no-break space (U+00A0)"."""
    found = dict.fromkeys(ODD.findall(text))
    return " and ".join(f"{unicodedata.name(letter).lower()} (U+{ord(letter):04X})" for letter in found)


def odd_spaces(lines: Sequence[str], scanned: Scan | None = None) -> Iterator[OddSpace]:
    """The places where odd spaces stand for those of YAML; none in a quoted text, a block of text or a comment."""
    odd = [number for number, line in enumerate(lines) if not line.isascii() and STRUCTURE.search(line)]
    if not odd:
        return
    scanned = scanned or scan(lines)
    quoted = {(text.line, text.column): text for text in scanned.quoted}
    for index in odd:
        line = scanned.lines[index]
        found = STRUCTURE.search(line.text)
        if not found or line.continues or not line.content:
            continue
        name = next(name for name, text in found.groupdict().items() if text is not None)
        column = found.start(name) + 1
        if not any(
            at == index + 1 and start < column for at, start in quoted if quoted[at, start].last_column > column
        ):
            yield index + 1, column, found[name]


def with_spaces(text: str) -> str:
    """The text with spaces where YAML needs them, in place of odd ones, and of tabs if nothing else indents."""
    lines = text.split("\n")
    while places := list(odd_spaces(lines)):
        for number, column, blank in places:
            line = lines[number - 1]
            spaces = re.sub(f"[{SPACES}]", " ", re.sub(f"[{INVISIBLE}]", "", blank))
            after = line[column - 1 + len(blank) :]
            lines[number - 1] = line[: column - 1] + (spaces or (" " if column > 1 else "")) + after
    indents = [blank for line in lines if line.strip() and (blank := line[: len(line) - len(line.lstrip())])]
    if all(set(blank) == {"\t"} for blank in indents):
        lines = [re.sub(r"^\t+", lambda tabs: "  " * len(tabs[0]), line) for line in lines]
    return "\n".join(lines)
