"""Reads the text of a user's file; and locations in files."""

import codecs
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from ai_server.errors import UserError

STANDARD_INPUT = Path("-")
LARGEST_BYTES = 4 * 1024 * 1024
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True)
class Place:
    """A location in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Unreadable(UserError):
    """A file that cannot be read: the reason, and the line if the reason is there, else 0."""

    def __init__(self, path: Path | str, reason: str, *, hint: str = "", line: int = 0) -> None:
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}", hint=hint)
        self.place = Place(str(path), line or 1, 1)
        self.reason = reason


class NotYaml(UserError):
    """A file that is not YAML, or not a map of values: the location of the mistake, and the lines of the file.

    tab: whether a tab is the mistake; odd: whether spaces that only look like spaces are; parsed: whether it is YAML.
    """

    def __init__(self, place: Place, message: str, lines: list[str], *, hint: str = "", **kinds: bool) -> None:
        self.line = lines[place.line - 1] if place.line <= len(lines) else ""
        super().__init__(f"{place}: {message}", hint=hint or "check indentation, quotes and colons near it")
        self.place = place
        self.problem = message.removeprefix("invalid YAML: ")
        self.parsed = self.problem == message
        self.lines = lines
        self.tab = kinds.get("tab", False)
        self.odd = kinds.get("odd", False)


def lines_of(text: str) -> list[str]:
    """The lines of a text as YAML counts them; more characters end a line than in an editor or Python's own reader."""
    return BREAK.split(text)


@lru_cache(maxsize=1)
def _all_of(stream: TextIO) -> bytes:
    """The content of a stream, which can be read only once."""
    return stream.buffer.read(LARGEST_BYTES + 1)


def read_text(path: Path) -> str:
    """The text of a file, or of standard input for "-"; Unreadable if it is not text of a reasonable size."""
    try:
        if path == STANDARD_INPUT:
            raw = _all_of(sys.stdin)
        else:
            # read instead of asking for the size, which a pipe or a device does not have
            with path.open("rb") as file:
                raw = file.read(LARGEST_BYTES + 1)
    except IsADirectoryError:
        raise Unreadable(path, "is a folder", hint=f"name a file, such as {path / 'values.yaml'}") from None
    except FileNotFoundError:
        raise Unreadable(path, "file not found", hint="correct its name, or its folder") from None
    except OSError as error:
        raise Unreadable(path, f"cannot be read: {error.strerror}") from None
    if len(raw) > LARGEST_BYTES:
        most = LARGEST_BYTES // 1024 // 1024
        raise Unreadable(path, f"larger than {most} MiB, too large for a values file", hint="name a values file")
    return _decoded(path, raw)


def _decoded(path: Path, raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable(path, "is UTF-16 text, not UTF-8 text", hint="save the file as UTF-8, as PowerShell 7 does")
    if b"\0" in raw:
        raise Unreadable(path, "is a binary file, not UTF-8 text", hint="name a values file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unreadable(path, "not UTF-8 text", hint="save the file as UTF-8", line=line) from None
