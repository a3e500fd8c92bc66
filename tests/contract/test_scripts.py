"""The scripts in init containers and in the pod of `helm test` run in the shell and the Python that the images have."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_server.kube.manifests import Object
from tests.agreement import installed
from tests.conftest import PROFILES
from tests.contract.conftest import of_profile
from tests.here.machine import local_pod

SHELL = shutil.which("dash") or "sh"
"""Debian's shell, which like busybox has no extensions of bash."""
GPU_FILES = {"/dev/dri/": "", "/dev/kfd": "renderD128"}
"""Replaced by files in a folder: not every machine has a GPU."""


def containers() -> Iterator[tuple[str, Object]]:
    """Every container of every profile, with those of hooks."""
    for name in PROFILES:
        for pod in of_profile(name).pods():
            for container in pod.containers():
                yield f"{name}: {pod.name}: {container['name']}", container


def scripts(shells: tuple[str, ...]) -> dict[str, str]:
    """The scripts that containers pass to one of the interpreters, by where they are."""
    found = {}
    for where, container in containers():
        words = [*(container.get("command") or []), *(container.get("args") or [])]
        if words and words[0].rpartition("/")[2] in shells and len(words) > 2 and words[1].endswith("c"):
            found[where] = words[2]
    return found


def test_every_shell_script_parses() -> None:
    found = scripts(("sh", "bash"))
    wrong = {where: run.stderr for where, text in found.items() if (run := shell("-n", text)).returncode}
    assert wrong == {}
    assert {where.rpartition(": ")[2] for where in found} >= {"device-check", "folders", "memory-check"}


def shell(flag: str, text: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([SHELL, flag, "/dev/stdin"], input=text, capture_output=True, text=True, check=False)


def test_a_script_for_bash_alone_is_seen() -> None:
    assert shell("-n", "files=(a b)\n").returncode != 0


def test_every_python_script_compiles() -> None:
    found = scripts(("python", "python3"))
    for where, text in found.items():
        compile(text, where, "exec")
    assert {where.partition(":")[0] for where in found} == set(PROFILES)


def test_the_folders_of_a_node_are_made(tmp_path: Path) -> None:
    manifests = of_profile("homelab")
    command = local_pod(manifests, manifests.pod("ai-server-thor-thor"), tmp_path).command("folders")
    subprocess.run([SHELL, *command[1:]], check=True)
    assert (tmp_path / "folders" / "cache" / "vllm").is_dir()
    assert {folder.name for folder in (tmp_path / "folders" / "comfyui").iterdir()} == {
        "input",
        "output",
        "temp",
        "user",
    }


def device_check(folder: Path, program: str) -> "subprocess.CompletedProcess[str]":
    """The check of homelab's GPU node, with a render node that can be opened and a llama-server at a path."""
    (folder / "renderD128").touch()
    manifests = of_profile("homelab")
    command = local_pod(manifests, manifests.pod("ai-server-rocm-aimax"), folder).command("device-check")
    text = command[2]
    for path, file in GPU_FILES.items():
        text = text.replace(path, f"{folder}/{file}")
    return subprocess.run(
        [SHELL, *command[1:2], text, "device-check", program], capture_output=True, text=True, check=False
    )


def test_a_llama_server_that_sees_its_device_passes(tmp_path: Path) -> None:
    program = tmp_path / "llama-server"
    program.write_text(
        "#!/bin/sh\necho 'Available devices:'\necho '  ROCm0: Radeon 8060S (98304 MiB, 98000 MiB free)'\n"
    )
    program.chmod(0o755)
    assert device_check(tmp_path, str(program)).returncode == 0


def test_a_llama_server_without_its_device_does_not_start(tmp_path: Path) -> None:
    try:
        program = installed.llama_server()
    except installed.NotInstalledError as error:
        pytest.skip(str(error))
    run = device_check(tmp_path, str(program))
    assert run.returncode == 1
    assert "llama-server does not see ROCm0" in run.stdout
