"""The numbers of GPUs in variables count those of the container."""

import pytest

from tests.tools.checks.conftest import Run


@pytest.mark.parametrize(
    ("node", "fixes"),
    [
        ("extraEnv: {CUDA_VISIBLE_DEVICES: '1'}", ["remove it"]),
        ("extraEnv: {CUDA_VISIBLE_DEVICES: '0,1'}", ["perhaps remove it, and set gpuCount: 2"]),
        ("extraEnv: {CUDA_VISIBLE_DEVICES: '0'}", []),
        ("extraEnv: {CUDA_VISIBLE_DEVICES: GPU-8a56a4bc}", []),
        ("gpuCount: 2, extraEnv: {CUDA_VISIBLE_DEVICES: '0,1'}", []),
        ("extraEnv: {CUDA_VISIBLE_DEVICES: '²'}", []),
        ("gpuCount: 2, extraEnv: {CUDA_VISIBLE_DEVICES: '2,3'}", ["remove it"]),
        ("gpuCount: 3, extraEnv: {CUDA_VISIBLE_DEVICES: '2,3'}", ["perhaps remove it"]),
        ("gpuCount: 2, extraEnv: {CUDA_VISIBLE_DEVICES: '2'}", ["remove it"]),
        ("gpuAccess: runtimeClass, extraEnv: {CUDA_VISIBLE_DEVICES: '1'}", []),
        ("gpuAccess: runtimeClass, visibleDevices: '2', extraEnv: {CUDA_VISIBLE_DEVICES: '2'}", ["remove it"]),
        ("gpuAccess: dra, pod: {runtimeClassName: ''}, extraEnv: {CUDA_VISIBLE_DEVICES: '1'}", ["remove it"]),
    ],
)
def test_a_number_counts_the_gpus_of_the_container(run: Run, node: str, fixes: list[str]) -> None:
    entry = f"pod: {{runtimeClassName: nvidia}}, {node}" if "pod:" not in node else node
    found = run(f"gpu: {{models: {{a: {{file: a.gguf}}}}, nodes: {{pc: {{{entry}}}}}}}", cluster=None)
    assert [finding.fix for finding in found if finding.rule == "programs/gpu-hidden"] == fixes
