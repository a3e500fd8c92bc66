"""An empty cache of programs for tests, and what they left in it."""

from pathlib import Path
from types import ModuleType

import pytest


def empty_cache(folder: Path, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    """Makes these modules use an empty cache in a folder."""
    for module in modules:
        monkeypatch.setattr(module, "cache", lambda: folder / "cache")


def kept(folder: Path) -> list[str]:
    """The files in the cache, including incomplete ones."""
    return sorted(path.name for path in (folder / "cache" / "programs").iterdir() if path.name != ".lock")
