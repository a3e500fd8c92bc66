"""Patches of values files: printed for people, and files that are replaced completely or not at all."""

import difflib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ai_server.errors import UserError

BOM = "\ufeff"


def difference(file: Path, before: str, after: str) -> Iterator[str]:
    """The lines of a patch."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for line in difflib.unified_diff(old, new, str(file), str(file)):
        yield line.rstrip("\r\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"


def print_line(line: str, file: TextIO) -> None:
    """Prints a line of a patch, in colour on a terminal."""
    if not file.isatty():
        print(line, file=file)
        return
    from rich.console import Console
    from rich.text import Text

    styles = {"+": "green", "-": "red", "@": "cyan"}
    style = "bold" if line.startswith(("+++", "---")) else styles.get(line[:1], "")
    Console(file=file, highlight=False, soft_wrap=True).print(Text(line, style))


def replace_file(file: Path, text: str) -> None:
    """Writes a file completely or not at all, with the byte order mark that it had."""
    mark = BOM if file.read_bytes().startswith(BOM.encode()) else ""
    target = file.resolve()
    descriptor, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as output:
            output.write((mark + text).encode())
        os.chmod(scratch, target.stat().st_mode)
        os.replace(scratch, target)
    except OSError as error:
        Path(scratch).unlink(missing_ok=True)
        raise UserError(f"{file}: cannot be written: {error.strerror}") from None
