"""The cache of programs: it contains a program completely or not at all, with a note on its source."""

import shutil
from pathlib import Path

from ai_server.errors import UserError
from ai_server.helm.command import version_of
from ai_server.lab.programs.pinned import Program
from ai_server.paths import cache

SCRATCH = ".building-"
"""Prefix of folders with incomplete programs."""
BUILT = "built"


def cached(program: Program) -> Path:
    """The path of a program in the cache, whether it exists or not: programs/<name>-<version>/<executable>."""
    return cache() / "programs" / f"{program.name}-{program.version}" / program.executable


def source_of(program: Program) -> str:
    """The source of a program in the cache: the host from which it was downloaded, or "built"."""
    note = cached(program).with_name("source")
    return note.read_text().strip() if note.is_file() else BUILT


def keep(program: Program, file: Path, source: str) -> None:
    """Moves a program into the cache. UserError if it does not print the pinned version."""
    version = version_of(file, program.ask)
    if version != program.version:
        how = "was built" if source == BUILT else f"was downloaded from {source}"
        printed = version or "nothing"
        raise UserError(f"{program.name} {how}, but prints {printed} instead of its version {program.version}")
    target = cached(program).parent
    staged = file.parent / f"{program.name}-{program.version}"
    staged.mkdir()
    file.rename(staged / program.executable)
    (staged / "source").write_text(f"{source}\n")
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)
