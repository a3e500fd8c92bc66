"""check --fix and --diff: shows what the certain fixes change, and writes it."""

import difflib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ai_server.errors import UserError
from ai_server.reading.wording import plural

if TYPE_CHECKING:
    from ai_server.checks import Result
    from ai_server.checks.engine.apply import Fixed, Texts

BOM = "\ufeff"


def fix(files: Sequence[Path], check: Callable[["Texts"], "Result"], *, write: bool, yes: bool) -> "Fixed":
    """Prints the difference that the certain fixes make; with write, asks (unless yes) and writes the files."""
    from ai_server.checks.engine.apply import fix_all
    from ai_server.reading.textfile import lines_of, read_text

    fixed = fix_all(files, lambda texts: check(texts).findings)
    changed = {file: text for file, text in fixed.texts.items() if text != read_text(file)}
    mask = check(fixed.texts).quote.mask
    for file, text in changed.items():
        before, after = ([mask.line(line)[0] for line in lines_of(part)] for part in (read_text(file), text))
        _show(file, before, after)
    if not changed:
        typer.echo("no fix is certain enough to apply" if fixed.left else "nothing to fix", err=True)
    elif write:
        _confirm(len(changed), yes=yes)
        for file, text in changed.items():
            _replace(file, text)
        typer.echo(f"fixed {plural(len(fixed.done), 'finding')} in {', '.join(map(str, changed))}", err=True)
    return fixed


def _show(file: Path, before: list[str], after: list[str]) -> None:
    """Prints a unified diff, in colour on a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    lines = difflib.unified_diff(before, after, str(file), f"{file} (fixed)", lineterm="")
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in lines:
        style = "bold" if line.startswith(("+++", "---")) else styles.get(line[:1], "")
        console.print(Text(line, style)) if sys.stdout.isatty() else print(line)


def _confirm(number: int, *, yes: bool) -> None:
    if yes:
        return
    if not can_answer():
        raise UserError("--fix asks before it writes, and nobody can answer here", hint="add --yes")
    if not typer.confirm(f"Write {plural(number, 'file')}?", err=True):
        raise typer.Exit(1)


def can_answer() -> bool:
    """Whether a person can answer a question."""
    return sys.stdin.isatty()


def _replace(file: Path, text: str) -> None:
    """Writes a file completely or not at all, with the byte order mark and the line ends that it had."""
    raw = file.read_bytes()
    if b"\r\n" in raw:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    mark = BOM if raw.startswith(BOM.encode()) else ""
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
