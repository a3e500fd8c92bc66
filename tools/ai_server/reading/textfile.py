"""Reads the text of a user's file; and locations in files."""

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


class NotYaml(UserError):
    """A file that is not YAML, or not a map of values: the location of the mistake, and the lines of the file.

    tab: whether a tab is the mistake; odd: whether spaces that only look like spaces are.
    """

    def __init__(self, place: Place, message: str, lines: list[str], *, hint: str = "", **kinds: bool) -> None:
        self.line = lines[place.line - 1] if place.line <= len(lines) else ""
        super().__init__(f"{place}: {message}", hint=hint or "check indentation, quotes and colons near it")
        self.place = place
        self.problem = message.removeprefix("invalid YAML: ")
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
    """The text of a file, or of standard input for "-"; UserError if it is not text of a reasonable size."""
    try:
        if path == STANDARD_INPUT:
            raw = _all_of(sys.stdin)
        else:
            # read instead of asking for the size, which a pipe or a device does not have
            with path.open("rb") as file:
                raw = file.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise UserError(f"{path}: larger than {LARGEST_BYTES // 1024 // 1024} MiB, too large for a values file")
    except IsADirectoryError:
        raise UserError(f"{path}: is a folder", hint=f"name a file, such as {path / 'values.yaml'}") from None
    except FileNotFoundError:
        raise UserError(f"{path}: file not found") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: not UTF-8 text", hint="save the file as UTF-8") from None
