"""Reads YAML that no parser accepts, line by line: its quotes, brackets and blocks of text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

BLOCK = re.compile(r"(?:^|[:-]\s)\s*(?:[!&]\S+\s+)*[|>][-+0-9]*\s*(?:#.*)?$")
"""The end of a line after which a block of text begins: key: |"""
PAIRS = {"]": "[", "}": "{"}
Sign = tuple[str, int, int]
"""A character, its line and its column, from 1."""


@dataclass(frozen=True)
class Line:
    """A line: its number from 1, its text without comment and spaces at the end, how far it is indented; whether it
    continues a text or a quote, and whether it is in brackets.
    """

    number: int
    text: str
    indent: int
    continues: bool
    in_brackets: bool

    @property
    def content(self) -> str:
        """The text without its indentation."""
        return self.text.strip(" \t")

    @property
    def is_key(self) -> bool:
        """Whether it begins with a key: `port: 8080`, `nodes:`."""
        return bool(re.match(r"(- +)*[^\s#\[{\"'][^#]*?:(\s|$)|(- +)*(\"[^\"]*\"|'[^']*')\s*:(\s|$)", self.content))


@dataclass(frozen=True)
class Quoted:
    """A quoted text: the sign, where it opens, and where it closes; lines and columns from 1, 0 if it never closes."""

    sign: str
    line: int
    column: int
    last_line: int
    last_column: int


@dataclass
class Scan:
    """The lines of a file; its quoted texts; brackets with their line and column: all that open, those of them that are
    never closed, and those that close another one or none.
    """

    lines: list[Line] = field(default_factory=list)
    quoted: list[Quoted] = field(default_factory=list)
    opened: list[Sign] = field(default_factory=list)
    unclosed: list[Sign] = field(default_factory=list)
    misfits: list[Sign] = field(default_factory=list)

    def above(self, number: int) -> list[Line]:
        """The lines above a line that have content and do not continue a text, nearest first."""
        return [line for line in reversed(self.lines[: number - 1]) if line.content and not line.continues]


def scan(lines: Sequence[str]) -> Scan:
    """Reads lines as YAML would, without stopping at what is wrong."""
    scanner = _Scanner()
    for number, line in enumerate(lines, start=1):
        scanner.read(number, line)
    return scanner.finished()


class _Scanner:
    def __init__(self) -> None:
        self.result = Scan()
        self.brackets: list[Sign] = []
        self.quote: tuple[str, int, int] | None = None
        self.block: int | None = None

    def read(self, number: int, line: str) -> None:
        indent = len(line) - len(line.lstrip(" "))
        continues, in_brackets = self.quote is not None, bool(self.brackets)
        if self.block is not None:
            if not line.strip() or indent > self.block:
                self.result.lines.append(Line(number, line.rstrip(), indent, True, False))
                return
            self.block = None
        end = self._characters(number, line)
        text = line[:end].rstrip()
        self.result.lines.append(Line(number, text, indent, continues, in_brackets))
        if self.quote is None and not self.brackets and BLOCK.search(text):
            self.block = indent

    def _characters(self, number: int, line: str) -> int:
        """Reads the characters of a line; the index of its comment, or its length."""
        may_begin, index = True, -1
        while (index := index + 1) < len(line):
            letter, following = line[index], line[index + 1 : index + 2]
            if self.quote:
                index = self._quoted(number, line, index)
                may_begin = False
            elif letter == "#" and (index == 0 or line[index - 1].isspace()):
                return index
            elif letter in "\"'" and may_begin:
                self.quote = (letter, number, index + 1)
            elif letter in "[{" and (may_begin or self.brackets):
                self.brackets.append((letter, number, index + 1))
                self.result.opened.append(self.brackets[-1])
                may_begin = True
            elif letter in "]}" and (may_begin or self.brackets or line[index - 1] in "]}"):
                if not self.brackets or self.brackets.pop()[0] != PAIRS[letter]:
                    self.result.misfits.append((letter, number, index + 1))
                may_begin = False
            elif letter in ",:" and self._separates(letter, following):
                may_begin = True
            elif letter not in " \t" and not (letter == "-" and may_begin and following in ("", " ")):
                may_begin = False
        return len(line)

    def _separates(self, letter: str, following: str) -> bool:
        """Whether a comma or colon ends an entry or a key."""
        if letter == ",":
            return bool(self.brackets)
        return following in ("", " ", "\t") or bool(self.brackets and following in ",[]{}")

    def _quoted(self, number: int, line: str, index: int) -> int:
        """Reads one character of a quoted text; the index of the last one that was read."""
        assert self.quote
        sign, opened, column = self.quote
        if line[index] == "\\" and sign == '"':
            return index + 1
        if line[index] != sign:
            return index
        if sign == "'" and line[index + 1 : index + 2] == "'":
            return index + 1
        self.result.quoted.append(Quoted(sign, opened, column, number, index + 1))
        self.quote = None
        return index

    def finished(self) -> Scan:
        if self.quote:
            self.result.quoted.append(Quoted(*self.quote, 0, 0))
        self.result.unclosed = self.brackets
        return self.result
