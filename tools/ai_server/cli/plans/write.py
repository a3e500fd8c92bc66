"""Puts planned memory requests into values files, whose comments and order stay."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from ai_server.checks.core.secrets import Mask
from ai_server.cli.asking import confirm
from ai_server.cli.patch import difference, print_line, replace_file
from ai_server.errors import UserError
from ai_server.reading.edit import CannotEdit, Change, edited
from ai_server.reading.profiles import dotted, load
from ai_server.reading.textfile import read_text
from ai_server.reading.wording import plural


def write_requests(files: Sequence[Path], changes: Sequence[Change], mask: Mask, *, yes: bool) -> None:
    """Shows what the requests change in the files, asks (unless yes), and writes them: each into the file that sets it
    already, else into that with its node's entry, else into the last. mask: removes secrets from what is shown.
    """
    texts = {file: read_text(file) for file in files}
    after = dict(texts)
    for change in changes:
        file = _file_of(files, change)
        try:
            after[file] = edited(after[file], change)
        except CannotEdit:
            hint = f"set {dotted(change.keys)}: {change.value} by hand"
            raise UserError(f"{file}: cannot be changed without changing more", hint=hint) from None
    changed = {file: text for file, text in after.items() if text != texts[file]}
    if not changed:
        typer.echo("the memory requests are as planned", err=True)
        return
    for file, text in changed.items():
        for line in difference(file, texts[file], text):
            print_line(mask.line(line)[0], sys.stderr)
    confirm(f"Write {plural(len(changed), 'file')}?", yes=yes, before="--write asks before it writes")
    for file, text in changed.items():
        replace_file(file, text)
    typer.echo(f"wrote {plural(len(changes), 'memory request')} in {', '.join(map(str, changed))}", err=True)


def _file_of(files: Sequence[Path], change: Change) -> Path:
    """The file that sets a key, or the nearest key above it; the last of several."""
    for length in range(len(change.keys), 2, -1):
        for file in reversed(files):
            if change.keys[:length] in load([file]).places:
                return file
    return files[-1]
