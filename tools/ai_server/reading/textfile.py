"""Reads the text of a file that a user named, and says where in it something stands."""

import re
from dataclasses import dataclass
from pathlib import Path

from ai_server.errors import UserError

LARGEST_BYTES = 4 * 1024 * 1024
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True)
class Place:
    """Where something stands: line and column, from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class NotYaml(UserError):
    """A file that cannot be parsed, where, and its lines; tab says whether a tab is what is wrong."""

    def __init__(self, place: Place, message: str, lines: list[str]) -> None:
        self.line = lines[place.line - 1] if place.line <= len(lines) else ""
        tab = "\t" in self.line
        hint = "YAML is indented with spaces, not tabs" if tab else "check indentation, quotes and colons near it"
        super().__init__(f"{place}: no valid YAML: {message}", hint=hint)
        self.place = place
        self.problem = message
        self.tab = tab
        self.lines = lines


def lines_of(text: str) -> list[str]:
    """The lines of a text as YAML counts them: by more characters than an editor or Python's own reader does."""
    return BREAK.split(text)


def read_text(path: Path) -> str:
    """A file's text; UserError for what is no text file of a sensible size."""
    try:
        # not by its size: a pipe or a device has none
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise UserError(f"{path}: larger than {LARGEST_BYTES // 1024 // 1024} MiB: no values file is")
    except IsADirectoryError:
        raise UserError(f"{path}: is a folder", hint=f"name a file, such as {path / 'values.yaml'}") from None
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: not UTF-8 text", hint="save the file as UTF-8") from None
