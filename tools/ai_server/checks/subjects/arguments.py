"""A command line as its program reads it: flags with their values, and words that belong to no flag."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ai_server.checks.facts import Flags

NUMBER = re.compile(r"-\d+$|-\d*\.\d+$")
"""From argparse: a word that starts with a dash but is not a flag."""
JOINED = re.compile(r"-[a-zA-Z][^-\s]")


@dataclass(frozen=True)
class Argument:
    """A flag as written, with its main spelling ("" for an unknown one) and values; flag "": a word by itself.

    index: its position on the command line; joined: the value is in the same word.
    """

    index: int
    flag: str
    name: str
    values: tuple[str, ...]
    joined: bool = False

    @property
    def items(self) -> int:
        """The number of words that it takes."""
        return 1 if self.joined or not self.flag else 1 + len(self.values)


def parse(known: Flags, words: Sequence[str]) -> list[Argument]:
    """The arguments in order."""
    arguments: list[Argument] = []
    position = 0
    while position < len(words):
        word = words[position]
        if not _is_flag(word):
            arguments.append(Argument(position, "", "", (word,)))
            position += 1
            continue
        flag, value = _split(known, word)
        name = known.canonical(flag)
        values = () if value is not None else _values(known, name, flag, words[position + 1 :])
        joined = value is not None
        arguments.append(Argument(position, flag, name, (value,) if value is not None else tuple(values), joined))
        position += 1 + len(values)
    return arguments


def _split(known: Flags, word: str) -> tuple[str, str | None]:
    """A flag and the value in the same word: --flag=value, or -q=fp8 and -qfp8 for argparse."""
    flag, equals, value = word.partition("=")
    if equals:
        return flag, value
    short = known.abbreviations and not word.startswith("--") and word not in known.names
    if short and JOINED.match(word) and known.names.get(word[:2]):
        return word[:2], word[2:]
    return word, None


def _is_flag(word: str) -> bool:
    """Whether a word is a flag: to argparse, one with a space or a number is a value."""
    if not word.startswith("-") or len(word) == 1 or NUMBER.match(word):
        return False
    return " " not in word.partition("=")[0]


def _values(known: Flags, name: str, flag: str, rest: Sequence[str]) -> Sequence[str]:
    """The words after a flag that are its values."""
    kind = known.known[name].value if name else "any"
    if kind == "none":
        return ()
    if kind == "one" and not known.abbreviations:
        # llama.cpp and click take any next word: a flag there means that the value is missing
        return () if rest and known.canonical(rest[0]) else rest[:1]
    if "." in flag and known.dotted:
        return rest[:1]
    count = next((index for index, word in enumerate(rest) if _is_flag(word)), len(rest))
    return rest[: min(count, 1) if kind in ("one", "optional") else count]
