"""The cache of programs: each is there complete or not at all, with a note on where it came from."""

import shutil
from pathlib import Path

from ai_server.errors import UserError
from ai_server.lab.programs.pinned import Program, version_of
from ai_server.paths import cache

SCRATCH = ".building-"
"""How the names of folders begin that hold what is not complete yet."""
BUILT = "built"


def cached(program: Program) -> Path:
    """Where the cache keeps a program, whether it is there or not: programs/<name>-<version>/<executable>."""
    return cache() / "programs" / f"{program.name}-{program.version}" / program.executable


def source_of(program: Program) -> str:
    """Where a program of the cache came from: the host that it was downloaded from, or "built"."""
    note = cached(program).with_name("source")
    return note.read_text().strip() if note.is_file() else BUILT


def keep(program: Program, file: Path, source: str) -> None:
    """Moves a program into the cache. UserError when it does not print the pinned version."""
    version = version_of(file, program.ask)
    if version != program.version:
        how = "was built" if source == BUILT else f"was downloaded from {source}"
        raise UserError(f"{program.name} {how}, but says {version or 'nothing'} for its version {program.version}")
    target = cached(program).parent
    staged = file.parent / f"{program.name}-{program.version}"
    staged.mkdir()
    file.rename(staged / program.executable)
    (staged / "source").write_text(f"{source}\n")
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)
