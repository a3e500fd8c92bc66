"""Models on nodes whose labels state the memory of their cards."""

import pytest

from tests.tools.checks.conftest import Run

BIG = "file: gguf/qwen3-32b-q4_k_m.gguf"
EXPERTS = "file: gguf/qwen3-30b-a3b-q4_k_m.gguf"
AMD = "accelerator: rocm, nodes: {pc: {renderGroup: 991}}"
NVIDIA = "nodes: {pc: {pod: {runtimeClassName: nvidia}}}"


def node(labels: str, gpus: int = 1, vendor: str = "nvidia") -> str:
    amounts = f"cpu: '16', memory: 120Gi, {vendor}.com/gpu: '{gpus}'"
    return (
        f"  - {{apiVersion: v1, kind: Node, metadata: {{name: pc, labels: {{kubernetes.io/arch: amd64, {labels}}}}},"
        f" status: {{allocatable: {{{amounts}}}}}}}\n"
    )


def on_card(run: Run, gpu: str, labels: str, gpus: int = 1, vendor: str = "nvidia") -> list[tuple[str, str, str]]:
    found = run(f"gpu: {{{gpu}}}", cluster=node(labels, gpus, vendor))
    return [
        (finding.severity, finding.key, finding.fix)
        for finding in found
        if finding.rule in ("programs/vllm-over-card", "programs/over-memory")
    ]


@pytest.mark.parametrize(
    ("model", "rest", "keys"),
    [
        (BIG, "", ["gpu.models.big.file"]),
        (f"{BIG}, nGpuLayers: 99", "", ["gpu.models.big.file"]),
        (f"{BIG}, nGpuLayers: 20", "", []),
        (f"{BIG}, fit: true", "", ["gpu.models.big.file"]),
        (f"{BIG}, fit: true, nGpuLayers: auto", "", []),
        (f"{BIG}, nGpuLayers: auto", "", ["gpu.models.big.file"]),
        (EXPERTS, "", ["gpu.models.big.file"]),
        (f"{EXPERTS}, flags: {{n-cpu-moe: 20}}", "", []),
        (EXPERTS, "extraArgs: [--cpu-moe], ", []),
        (BIG, "extraArgs: [--cpu-moe], ", ["gpu.models.big.file"]),  # it has no experts
        (BIG, "gpuCount: 2, ", []),
        (BIG, "extraEnv: {GGML_CUDA_ENABLE_UNIFIED_MEMORY: '1'}, ", []),
        ("file: gguf/qwen3-8b-q4_k_m.gguf", "", []),
    ],
)
def test_all_layers_must_fit_into_the_cards(run: Run, model: str, rest: str, keys: list[str]) -> None:
    found = on_card(run, f"{rest}models: {{big: {{{model}}}}}, {NVIDIA}", "nvidia.com/gpu.memory: '16376'", gpus=2)
    assert [(severity, key) for severity, key, _ in found] == [("error", key) for key in keys]


@pytest.mark.parametrize(
    ("labels", "severities"),
    [
        ("amd.com/gpu.vram: 16G", ["warning"]),
        ("beta.amd.com/gpu.vram: 16G", ["warning"]),
        ("amd.com/gpu.vram: 24G", []),
        ("amd.com/gpu.vram: 16G, amd.com/gpu.device-id: '1586'", []),
        ("amd.com/gpu.vram: 0G", []),
        ("pool: b", []),
    ],
)
def test_amd_labels_state_the_memory_of_cards(run: Run, labels: str, severities: list[str]) -> None:
    found = on_card(run, f"models: {{big: {{{BIG}}}}}, {AMD}", labels, vendor="amd")
    assert [severity for severity, _, _ in found] == severities


def test_models_that_are_loaded_together_are_a_warning(run: Run) -> None:
    models = "models: {a: {file: a-14b-q4_k_m.gguf}, b: {file: b-14b-q4_k_m.gguf}}"
    [(severity, key, _)] = on_card(run, f"{models}, {NVIDIA}", "nvidia.com/gpu.memory: '12282'")
    assert (severity, key) == ("warning", "gpu.nodes.pc.modelsMax")


@pytest.mark.parametrize(
    ("vllm", "expected"),
    [
        ("model: hf/Qwen3-8B-FP8, kvCacheMemory: 16Gi", [("error", "kvCacheMemory", "set kvCacheMemory: 6Gi")]),
        ("model: hf/Qwen3-8B-FP8, kvCacheMemory: 6Gi", []),
        ("model: hf/small, kvCacheMemory: 16Gi", [("error", "kvCacheMemory", "set kvCacheMemory: 13Gi")]),
        ("model: hf/Qwen3-8B, kvCacheMemory: 8Gi", [("warning", "model", "use a smaller model")]),
        ("model: hf/Qwen3-8B, kvCacheMemory: 2Gi, extraArgs: [--quantization, fp8]", []),
        ("model: hf/Qwen3-8B, kvCacheMemory: 2Gi, extraArgs: [--cpu-offload-gb, '8']", []),
        ("model: hf/Qwen3-8B, kvCacheMemory: 8Gi, extraArgs: [-tp, '2']", []),
        ("model: hf/Qwen3-8B, kvCacheMemory: ''", [("warning", "model", "use a smaller model")]),
        ("model: hf/Qwen3-8B-AWQ, kvCacheMemory: ''", []),
        ("model: hf/Llama-3.3-70B-AWQ, kvCacheMemory: ''", [("error", "model", "use a smaller model")]),
    ],
)
def test_weights_and_cache_of_vllm_must_fit(run: Run, vllm: str, expected: list[tuple[str, str, str]]) -> None:
    entry = f"pc: {{llamacpp: {{enabled: false}}, vllm: {{enabled: true, {vllm}}}, pod: {{runtimeClassName: nvidia}}}}"
    found = on_card(run, f"nodes: {{{entry}}}", "nvidia.com/gpu.memory: '16376'")
    assert [(severity, key.rpartition(".")[2], fix.partition(",")[0]) for severity, key, fix in found] == expected
