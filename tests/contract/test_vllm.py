"""vLLM's parser, and its checks of the configuration, accept every command line that the chart renders."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agreement import installed, tiny_models
from tests.agreement.program_starts import ask
from tests.conftest import PROFILES
from tests.contract import stand_ins
from tests.contract.conftest import of_profile
from tests.here.machine import local_pod, pods_with

pytestmark = pytest.mark.slow("imports vLLM", "tests/contract", "tools/ai_server/local")


def command_lines(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The arguments of each vLLM of the version that the tests have, with a folder for its model."""
    for name in PROFILES:
        manifests = of_profile(name)
        for pod in pods_with(manifests, "vllm"):
            for item in pod.containers(init=False):
                if item["name"] == "vllm" and stand_ins.is_pinned("vllm", item["image"]):
                    local = local_pod(manifests, pod, folder / name / pod.name)
                    assert local.command("vllm") == ["vllm", "serve"]
                    yield f"{name}: {pod.name}", local.process("vllm").command


def test_every_command_line_is_accepted(tmp_path: Path) -> None:
    try:
        python = installed.vllm_python()
    except installed.NotInstalledError as error:
        pytest.skip(str(error))
    lines = dict(command_lines(tmp_path))
    for words in lines.values():
        Path(words[0]).parent.mkdir(parents=True, exist_ok=True)
        tiny_models.write_folder(Path(words[0]))
    first = next(iter(lines.values()))
    wrong = [[*first, "--no-such-flag"], [*first, "--max-num-seqs", "many"]]
    *starts, unknown, no_number = ask(python, "in_vllm.py", [*lines.values(), *wrong], tmp_path)
    assert {line: start.says for line, start in zip(lines, starts, strict=True) if not start.ok} == {}
    assert {line.partition(":")[0] for line in lines} >= {"homelab", "mixed-lab", "fleet", "thor-only", "sites/lab"}
    assert ("--no-such-flag" in unknown.says, "many" in no_number.says) == (True, True)
