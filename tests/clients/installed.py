"""Clients from npm, as ci/clients locks them, in the cache folder."""

import json
import shutil
import subprocess
from functools import cache as once
from pathlib import Path

from filelock import FileLock

from ai_server.paths import CI, cache

LOCKS = CI / "clients"
"""A folder for each client, with npm's package.json and lock. A new version: `npm install --package-lock-only
--ignore-scripts PACKAGE@VERSION` there, and `tried` in tools/ai_server/connect/clients.yaml."""
FILES = ("package.json", "package-lock.json")


class NotInstalledError(Exception):
    """A client that npm did not install, with npm's last words."""


def locked() -> dict[str, str]:
    """The version of each client."""
    return {lock.name: _version(lock) for lock in sorted(LOCKS.iterdir())}


def _version(lock: Path) -> str:
    [version] = json.loads((lock / "package.json").read_text())["dependencies"].values()
    return str(version)


@once
def programs(name: str) -> Path:
    """The folder with a client's command; NotInstalledError if it is missing and npm cannot install it."""
    lock, npm = LOCKS / name, shutil.which("npm")
    folder = cache() / "clients" / f"{name}-{_version(lock)}"
    ready, wanted = folder / "ai-server-ready", (lock / "package-lock.json").read_text()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not ready.is_file() or ready.read_text() != wanted:
            if not npm:
                raise NotInstalledError("npm is not installed")
            for file in FILES:
                shutil.copy(lock / file, folder)
            # not `npm ci`, which rejects a lock without the packages of other systems; not every registry has them
            command = [npm, "install", "--no-audit", "--no-fund", "--fetch-retries=1"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                raise NotInstalledError(f"npm cannot install {name}: {done.stderr.strip()[:300]}")
            ready.write_text(wanted)
    return folder / "node_modules" / ".bin"
