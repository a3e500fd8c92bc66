"""Finds the helm command: on PATH, or in the cache, where the laboratory puts it; and reads a program's version."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache as remember
from pathlib import Path

from ai_server.errors import UserError
from ai_server.paths import cache

VERSIONS = {"helm": ">=4.0,<5", "helm3": ">=3.18.5,<4"}
"""The accepted versions, as in ci/toolchain/programs.yaml. The executable is called helm in both cases."""
ASK = ["version", "--short"]


@remember
def find_helm(*names: str) -> Path:
    """The path of the first available name: helm (Helm 4) or helm3. UserError if neither is available."""
    for name in names:
        for candidate in (*on_path("helm"), *sorted((cache() / "programs").glob(f"{name}-*/helm"))):
            if fits(version_of(candidate, ASK), VERSIONS[name]):
                return candidate
    wanted = " or ".join(VERSIONS[name] for name in names)
    raise UserError(
        f"this needs the helm command, version {wanted}, and PATH has none",
        hint="install it (https://helm.sh/docs/intro/install), or run `ai-server programs --build` in a clone",
    )


def on_path(executable: str) -> Iterator[Path]:
    """Every executable of that name on PATH, first to last."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        candidate = shutil.which(executable, path=folder) if folder else None
        if candidate:
            yield Path(candidate)


def version_of(path: Path, ask: list[str]) -> str:
    """The version that a program prints (1.36.3), or "" if it prints none or cannot run."""
    try:
        run = subprocess.run([path, *ask], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\d+\.\d+(\.\d+)?", run.stdout + run.stderr)
    return match.group() if match and run.returncode == 0 else ""


def fits(version: str, wanted: str) -> bool:
    """Whether a version is in a range such as >=4.0,<5; False for an invalid version."""
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) in SpecifierSet(wanted)
    except InvalidVersion:
        return False
