"""The optional libraries: an installed package may lack those of rarely used commands."""

import sys
from importlib.util import find_spec
from pathlib import Path

from ai_server.errors import UserError
from ai_server.paths import CI, HOME

LIBRARIES = {
    "live": ("kubernetes",),
    "lab": ("kubernetes", "pyhelm3", "openai", "tenacity", "filelock"),
    "dev": ("pydantic", "ruamel.yaml", "kubernetes_validate"),
}
"""The modules of each extra; dev is the group of dependencies that a clone has."""
CALLED = {"live": "the Kubernetes client", "lab": "the laboratory's libraries", "dev": "the developers' libraries"}


def is_installed(extra: str) -> bool:
    """Whether all libraries of an extra are installed."""
    return all(_is_there(module) for module in LIBRARIES[extra])


def need(extra: str, what: str) -> None:
    """UserError if a library of an extra is missing: what needs it, and how to install it."""
    if is_installed(extra):
        return
    install = "make setup" if CI.is_dir() else f"{_installer()} 'ai-server[{extra}] @ git+{HOME}'"
    raise UserError(f"{what} needs {CALLED[extra]}: {install}")


def _installer() -> str:
    """The command that installed this package: uv keeps each tool in an environment of its own."""
    return "uv tool install --force" if "uv/tools" in Path(sys.prefix).as_posix() else "pip install"


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        # the parent package is missing
        return False
