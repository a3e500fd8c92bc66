"""Where the real programs are: in the cache folder, as ci/flags/read.py and the images use them."""

import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from ai_server.checks.facts.pins import pins
from ai_server.paths import IMAGES, cache


def llama_server() -> Path:
    """The program of the chart's default build; skips if it is not built."""
    version = pins()["llama-server"].version
    program = cache() / "flags" / f"llama-server-{version}" / "build" / "bin" / "llama-server"
    return _present(program, f"AI_SERVER_LLAMA=1 .venv/bin/python ci/flags/read.py llama-server builds {version}")


def vllm_python() -> Path:
    """The Python that has the vLLM of the chart's default image; skips if it is not installed."""
    version = pins()["vllm"].version
    folder = cache() / "flags" / f"vllm-{version}-venv"
    how = f"AI_SERVER_VLLM=1 .venv/bin/python ci/flags/read.py vllm installs {version}"
    _present(folder / "ai-server-ready", how)
    return folder / "bin" / "python"


def _present(file: Path, how: str) -> Path:
    if not file.is_file():
        pytest.skip(f"{file.name} is missing in the cache folder: {how}")
    return file


def litellm_python() -> Path:
    """A Python with the locked packages of LiteLLM's image, installed if they are missing; skips if that fails."""
    lock = IMAGES / "litellm" / "requirements.txt"
    folder = cache() / "flags" / f"litellm-{pins()['litellm'].version}-venv"
    ready = folder / "ai-server-ready"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not ready.is_file() or ready.read_text() != lock.read_text():
            uv, python = shutil.which("uv") or "uv", folder / "bin" / "python"
            install = [
                "pip",
                "install",
                "--quiet",
                "--only-binary",
                ":all:",
                "--no-deps",
                "--python",
                python,
                "-r",
                lock,
            ]
            try:
                for command in (["venv", "--quiet", "--clear", "--python", "3.11", folder], install):
                    subprocess.run([uv, *command], check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                pytest.skip(f"LiteLLM cannot be installed: {error}")
            ready.write_text(lock.read_text())
    return folder / "bin" / "python"
