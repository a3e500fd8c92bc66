"""ComfyUI and Speaches are in no package registry: their flags and variables are compared with the data of their sources.

The data has each flag with the number of its values, and the variables, but not what a program does with them; a container
with another image of the same kind has other flags, and is left out.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ai_server.checks.facts import flags_of
from ai_server.kube.manifests import Object
from ai_server.local.container import Process
from tests.conftest import PROFILES
from tests.contract import stand_ins
from tests.contract.conftest import of_profile
from tests.here.machine import local_pod, pods_with

PROGRAMS = {"comfyui": "comfyui", "speech": "speaches"}
"""The program in a container of a name."""
NOT_THEIRS = {
    "HOME": "Python's libraries keep files there",
    "NVIDIA_DRIVER_CAPABILITIES": "NVIDIA's container toolkit reads it",
    "NVIDIA_VISIBLE_DEVICES": "as above",
    "DO_NOT_TRACK": "libraries read it",
    "TMPDIR": "a process of this machine has it in place of /tmp",
    "COMFYUI_EXAMPLE": "a profile's own, of a custom node",
}


def complaints(program: str, container: Process) -> list[str]:
    """What the program does not know in the arguments and the variables of a container."""
    flags, problems = flags_of(program), []
    values: Mapping[str, Any] = flags.known
    words, index = container.command, 0
    while index < len(words):
        name = flags.canonical(words[index]) if words[index].startswith("--") else ""
        after = next((at for at in range(index + 1, len(words)) if words[at].startswith("--")), len(words))
        if not name:
            problems.append(words[index])
        elif (values[name].value == "none") != (after == index + 1) and values[name].value in ("none", "one"):
            problems.append(f"{name}: {words[index + 1 : after]}")
        index = after
    return problems + [name for name in container.env if not flags.reads(name) and name not in NOT_THEIRS]


def containers(name: str, program: str, folder: Path) -> Iterator[tuple[str, Process]]:
    """The containers of a name with the pinned image, in all profiles."""
    for profile_name in PROFILES:
        manifests = of_profile(profile_name)
        for pod in pods_with(manifests, name):
            item: Object = next(item for item in pod.containers(init=False) if item["name"] == name)
            if stand_ins.is_pinned(program, item["image"]):
                local = local_pod(manifests, pod, folder / profile_name / pod.name)
                yield f"{profile_name}: {pod.name}", local.process(name)


@pytest.mark.parametrize(("name", "program"), PROGRAMS.items())
def test_every_flag_and_variable_is_known(name: str, program: str, tmp_path: Path) -> None:
    found = dict(containers(name, program, tmp_path))
    assert {where.partition(":")[0] for where in found} >= {"homelab", "thor-only", "mixed-lab"}
    assert {where: words for where, container in found.items() if (words := complaints(program, container))} == {}


@pytest.mark.parametrize(("name", "program"), PROGRAMS.items())
def test_a_variable_or_a_flag_that_is_unknown_is_seen(name: str, program: str, tmp_path: Path) -> None:
    _, container = next(containers(name, program, tmp_path))
    container.env["NO_SUCH_VARIABLE"] = "1"
    container.command.extend(["--no-such-flag", "1"])
    assert complaints(program, container) == ["--no-such-flag", "NO_SUCH_VARIABLE"]


def test_a_value_of_a_switch_and_a_flag_without_its_value_are_seen(tmp_path: Path) -> None:
    _, container = next(containers("comfyui", "comfyui", tmp_path))
    container.command.extend(["--disable-mmap", "true", "--output-directory"])
    assert complaints("comfyui", container) == ["--disable-mmap: ['true']", "--output-directory: []"]
