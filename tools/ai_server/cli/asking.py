"""Questions to the person at the terminal, and files that are only overwritten after one."""

import sys
from pathlib import Path

import typer

from ai_server.errors import UserError


def can_answer() -> bool:
    """Whether a person can answer a question."""
    return sys.stdin.isatty()


def confirm(question: str, *, yes: bool, before: str) -> None:
    """Asks a question, unless yes; exits with 1 after a no. before: what needs the answer, for those who cannot give
    one.
    """
    if yes:
        return
    if not can_answer():
        raise UserError(f"{before}, and nobody can answer here", hint="add --yes")
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)


def write(file: Path, text: str, *, yes: bool) -> None:
    """Writes a file; asks before it overwrites another text."""
    if file.is_file() and file.read_bytes() != text.encode():
        may_write(file, yes=yes)
    file.write_text(text, encoding="utf-8")


def may_write(file: Path, *, yes: bool) -> None:
    """Asks before a file is overwritten."""
    if file.is_file():
        confirm(f"Overwrite {file}?", yes=yes, before=f"{file} exists")
