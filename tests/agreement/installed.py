"""Where the real programs are: in the cache folder, where ci/flags puts them, and LiteLLM as its image locks it."""

import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from filelock import FileLock

from ai_server.checks.facts.pins import pins
from ai_server.paths import CI, IMAGES, cache


def _of_flags(name: str) -> Any:
    """A module of ci/flags, which are scripts that import each other by name."""
    with patch.object(sys, "path", [str(CI / "flags"), *sys.path]):
        return importlib.import_module(name)


NotInstalledError = _of_flags("wheel").NotInstalledError


def llama_server() -> Path:
    """The program of the chart's default build; NotInstalledError if it is not built."""
    return Path(_of_flags("llama_build").built(pins()["llama-server"].version))


def vllm_python() -> Path:
    """The Python that has the vLLM of the chart's default image; NotInstalledError if it is not installed."""
    return Path(_of_flags("vllm_parser").python(pins()["vllm"].version))


def litellm_python() -> Path:
    """A Python with the locked packages of LiteLLM's image, installed if they are missing; NotInstalledError if that
    fails.
    """
    lock = IMAGES / "litellm" / "requirements.txt"
    folder = cache() / "flags" / f"litellm-{pins()['litellm'].version}-venv"
    ready, python = folder / "ai-server-ready", folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not ready.is_file() or ready.read_text() != lock.read_text():
            try:
                _uv("venv", "--quiet", "--clear", "--python", "3.11", folder)
                _uv("pip", "install", "--quiet", "--only-binary", ":all:", "--no-deps", "--python", python, "-r", lock)
            except (OSError, subprocess.CalledProcessError) as error:
                raise NotInstalledError(f"LiteLLM cannot be installed: {error}") from None
            ready.write_text(lock.read_text())
    return python


def _uv(*words: str | Path) -> None:
    subprocess.run([shutil.which("uv") or "uv", *words], check=True, capture_output=True)
