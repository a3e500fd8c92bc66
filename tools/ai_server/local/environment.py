"""Python environments of LiteLLM and Open WebUI in the cache, at the versions that the chart installs."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai_server.errors import UserError
from ai_server.paths import cache
from ai_server.progress import progress

LOCKS = Path(__file__).with_name("locks")
PYTHONS = ">=3.11,<3.13"
"""The versions of Python that both programs support."""
SIZES = {"litellm": "0.6 GB", "openwebui": "1 GB"}
"""What an installation takes in the cache, roughly."""


def place(program: str) -> Path:
    """Where the Python with the packages of locks/PROGRAM.txt is, or will be once they are installed."""
    digest = hashlib.sha256(_lock(program).read_bytes()).hexdigest()[:12]
    return cache() / "environments" / f"{program}-{digest}" / "bin" / "python"


def python(program: str) -> Path:
    """The Python that has the packages of locks/PROGRAM.txt, installed if they are missing. UserError if that fails."""
    executable = place(program)
    folder = executable.parent.parent
    ready = folder / "ai-server-ready"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(Path(f"{folder}.lock")):
        if not ready.is_file():
            with progress(f"install {version(program)} ({SIZES[program]})"):
                _install(_lock(program), folder)
            ready.touch()
    return executable


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Waits until no other process is here. The library filelock, which does the same, is not always installed."""
    import fcntl

    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def version(program: str) -> str:
    """The program and its version as in its lock: litellm 1.108.14."""
    name = {"openwebui": "open-webui"}.get(program, program)
    lines = _lock(program).read_text().splitlines()
    return next(line.replace("==", " ") for line in lines if line.startswith(f"{name}=="))


def _lock(program: str) -> Path:
    return LOCKS / f"{program}.txt"


def _install(lock: Path, folder: Path) -> None:
    # an old uv has no --clear
    shutil.rmtree(folder, ignore_errors=True)
    uv = shutil.which("uv")
    if uv:
        _run([uv, "venv", "--quiet", "--python", PYTHONS, str(folder)])
        packages = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    elif sys.version_info < (3, 13):
        _run([sys.executable, "-m", "venv", str(folder)], hint="install python3-venv, or uv")
        packages = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    else:
        raise UserError(f"this needs Python {PYTHONS}", hint="install uv, which finds or downloads one: pip install uv")
    _run([*packages, "--only-binary", ":all:", "--no-deps", "-r", str(lock)])


def _run(command: list[str], hint: str = "run the command again with a network connection") -> None:
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        # python -m venv prints its errors to stdout
        message = (run.stderr.strip() or run.stdout.strip())[-1000:]
        raise UserError(f"cannot install Python packages: {command[0]} failed:\n{message}", hint=hint)
