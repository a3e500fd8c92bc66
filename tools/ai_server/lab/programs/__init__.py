"""The external programs that demo and tests use: from PATH, from the cache, downloaded, or built."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache as remember
from pathlib import Path

from ai_server.helm.command import fits, on_path, version_of
from ai_server.lab.programs.pinned import Program, pin, pins
from ai_server.lab.programs.sources import provide
from ai_server.lab.programs.store import cached, source_of


@dataclass(frozen=True)
class Found:
    """The path of a program (None if it is missing), its version, and its source.

    The source is PATH, the host from which it was downloaded, built, or missing.
    """

    program: Program
    path: Path | None
    version: str
    source: str


@remember
def locate(name: str) -> Found:
    """Looks for a program on PATH (its version must match the pin), then in the cache. Downloads and builds nothing."""
    program = pin(name)
    for candidate in on_path(program.executable):
        version = version_of(candidate, program.ask)
        if fits(version, program.fits):
            return Found(program, candidate, version, "PATH")
    built = cached(program)
    if built.is_file() and version_of(built, program.ask) == program.version:
        return Found(program, built, program.version, source_of(program))
    return Found(program, None, program.version, "missing")


def ensure(names: Iterable[str]) -> dict[str, Path]:
    """The paths of programs by name; downloads or builds the missing ones. UserError if that fails."""
    located = {name: locate(name) for name in names}
    missing = [location.program for location in located.values() if location.path is None]
    for program in missing:
        # a file that does not print its version is an incomplete build
        shutil.rmtree(cached(program).parent, ignore_errors=True)
    if missing:
        provide(missing)
        locate.cache_clear()
    return {name: location.path or cached(location.program) for name, location in located.items()}


def find(name: str) -> Path:
    """The path of a program, downloaded or built if necessary."""
    return ensure([name])[name]


__all__ = ["Found", "Program", "ensure", "find", "locate", "pins"]
