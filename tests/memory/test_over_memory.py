"""How severe it is that models exceed a memory: what cannot all be in memory at once is an error, what takes turns not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ai_server.checks.engine.run import run
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.memory.known import KnownModels
from tests.memory.releases import CUDA_TAINT, HALO, halo, known, model, node


def severities(tmp_path: Path, values: str, nodes: list[Any], models: KnownModels) -> list[str]:
    file = tmp_path / "values.yaml"
    file.write_text(values)
    found = run([file], ClusterFacts("the test's cluster", {"Node": nodes}), models=models).findings
    return [finding.severity for finding in found if finding.rule == "programs/over-memory"]


@pytest.mark.parametrize(("second", "expected"), [(20, []), (60, ["error"])])
def test_two_programs_next_to_each_other_are_always_in_memory(tmp_path: Path, second: int, expected: list[str]) -> None:
    values = yaml.safe_load(halo("a", "b", gpuAccess="privileged", serve=["a"]))
    values["rocm"]["nodes"]["two"] = {"node": "halo", "renderGroup": 991, "gpuAccess": "privileged", "serve": ["b"]}
    models = known(a=model(70), b=model(second))
    assert severities(tmp_path, yaml.safe_dump(values), [HALO], models) == expected


@pytest.mark.parametrize(("first", "expected"), [(70, ["warning"]), (140, ["error"])])
def test_models_of_one_server_may_be_meant_to_take_turns(tmp_path: Path, first: int, expected: list[str]) -> None:
    values, models = halo("a", "b", modelsMax=2), known(a=model(first), b=model(60))
    assert severities(tmp_path, values, [HALO], models) == expected


def test_programs_whose_models_are_not_files_change_nothing(tmp_path: Path) -> None:
    thor = node("thor", 122, taint=CUDA_TAINT, cuda="1")
    values = (
        "thor: {models: {a: {file: gguf/a.gguf}}, nodes: {thor: {llamacpp: {enabled: true}, gpuAccess: runtimeClass}}}"
    )
    assert severities(tmp_path, values, [thor], known(a=model(140))) == ["error"]
