"""The pinned programs, as listed in ci/toolchain/programs.yaml."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ai_server.errors import UserError
from ai_server.paths import TOOLCHAIN


@dataclass(frozen=True)
class Program:
    """A program: the version to use, the versions to accept from PATH, where to download it, and how to build it."""

    name: str
    version: str
    fits: str
    ask: list[str] = field(hash=False)
    package: str
    folder: str = ""
    stamp: list[str] = field(default_factory=list, hash=False)
    url: str = ""
    member: str = ""
    sums: str = ""
    sha256: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def executable(self) -> str:
        """The file name on PATH: Helm 3 is called helm as well."""
        return self.name.rstrip("3")


@cache
def pins() -> dict[str, Program]:
    """Every pinned program by name."""
    return {name: Program(name=name, **body) for name, body in _file().items() if name != "go"}


@cache
def go_pin() -> dict[str, str]:
    """version: the Go to download; fits: the versions of Go to accept from PATH."""
    pin: dict[str, str] = _file()["go"]
    return pin


def pin(name: str) -> Program:
    """The pinned program with that name; UserError if there is none."""
    if name not in pins():
        raise UserError(f"unknown program {name!r}", hint=f"choose from: {', '.join(pins())}")
    return pins()[name]


@cache
def _file() -> dict[str, Any]:
    import yaml

    content: dict[str, Any] = yaml.safe_load((TOOLCHAIN / "programs.yaml").read_text())
    return content
