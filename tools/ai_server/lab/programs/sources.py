"""Adds programs to the cache: a released binary if its host answers, else built from source."""

import shutil
import sys
import tempfile
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from ai_server.errors import UserError
from ai_server.lab.programs.builder import build
from ai_server.lab.programs.network import DownloadError, answers
from ai_server.lab.programs.pinned import Program
from ai_server.lab.programs.released import download_program, host_of
from ai_server.lab.programs.store import SCRATCH, cached, keep
from ai_server.paths import cache
from ai_server.progress import progress


def provide(programs: Iterable[Program]) -> None:
    """Downloads or builds the programs that the cache lacks; progress goes to stderr. UserError if a build fails."""
    from filelock import FileLock

    folder = cache() / "programs"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        for left_over in folder.glob(f"{SCRATCH}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        missing = [program for program in programs if not cached(program).is_file()]
        if unreleased := _download(missing, folder):
            build(unreleased, folder)


def _download(programs: Iterable[Program], folder: Path) -> list[Program]:
    """Downloads released programs and returns the others, after printing the reasons why they must be built."""
    reasons: dict[str, list[Program]] = {}
    for program in programs:
        try:
            _download_one(program, folder)
        except (DownloadError, UserError) as error:
            reasons.setdefault(str(error), []).append(program)
    for reason, unreleased in reasons.items():
        names = ", ".join(program.name for program in unreleased)
        print(f"{names} must be built from source: {reason}", file=sys.stderr)
    return [program for unreleased in reasons.values() for program in unreleased]


def _download_one(program: Program, folder: Path) -> None:
    host = host_of(program)
    started = host and answers(program.url)
    shown = progress(f"download {program.name} {program.version} from {host}") if started else nullcontext()
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as scratch, shown:
        keep(program, download_program(program, Path(scratch)), host)
