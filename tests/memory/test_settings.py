"""The settings that a plan reads from values: each changes exactly what it is about."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from ai_server.checks.core.views import ClusterView, ValuesView
from ai_server.checks.engine import chart
from ai_server.checks.subjects.planning import settings
from ai_server.checks.subjects.presets import presets
from ai_server.checks.subjects.programs import programs
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.reading.profiles import load

LLAMA = "rocm: {models: {m: {file: gguf/m.gguf%s}}, nodes: {halo: {renderGroup: 991%s}}}"
VLLM = "thor: {nodes: {thor: {speech: {enabled: false}, vllm: {model: hf/m%s}}}}"


def view(tmp_path: Path, values: str) -> ClusterView:
    (tmp_path / "values.yaml").write_text(values)
    seen = ValuesView(load([tmp_path / "values.yaml"]))
    manifests = chart.look(seen)
    assert manifests
    return ClusterView.over(seen, manifests=manifests, facts=ClusterFacts("none"))


def of_llama(tmp_path: Path, model: str = "", node: str = "") -> dict[str, Any]:
    [preset] = presets(view(tmp_path, LLAMA % (model, node)))
    return asdict(settings.of_llama(preset))


def of_vllm(tmp_path: Path, more: str = "") -> dict[str, Any]:
    [server] = programs(view(tmp_path, VLLM % more), "vllm")
    return asdict(settings.of_vllm(server))


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if before[name] != value}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("ctxSize: 4096", {"ctx_size": 4096}),
        ("parallel: 3", {"parallel": 3}),
        ("flags: {kv-unified: true}", {"kv_unified": True}),
        ("batchSize: 1024", {"batch_size": 1024}),
        ("ubatchSize: 256", {"ubatch_size": 256}),
        ("cacheTypeK: q8_0", {"cache_type_k": "q8_0"}),
        ("cacheTypeV: q4_0", {"cache_type_v": "q4_0"}),
        ("flashAttn: false", {"flash_attn": False}),
        ("flags: {swa-full: true}", {"swa_full": True}),
        ("mode: rerank", {"embedding": True, "batch_size": 2048, "ubatch_size": 2048, "cache_ram_mib": 0}),
        ("nGpuLayers: 7", {"n_gpu_layers": 7}),
        ("loadMode: mmap", {"load_mode": "mmap"}),
        ("cacheRamMiB: 512", {"cache_ram_mib": 512}),
        ("flags: {ctx-checkpoints: 4}", {"ctx_checkpoints": 4}),
        ("draft: {type: draft-mtp}", {"speculative": "draft-mtp"}),
    ],
)
def test_a_value_of_a_model_changes_its_setting(tmp_path: Path, model: str, expected: dict[str, Any]) -> None:
    found = changed(of_llama(tmp_path), of_llama(tmp_path, f", {model}"))
    assert {name: found.get(name, value) for name, value in expected.items()} == expected
    assert found.keys() <= expected.keys()


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("extraArgs: [--ctx-size, '8192']", {"ctx_size": 8192}),
        ("extraArgs: [--kv-unified]", {"kv_unified": True}),
        ("extraArgs: [--no-kv-unified]", {}),
        ("accelerator: cpu", {"accelerator": "cpu"}),
        ("accelerator: vulkan", {"accelerator": "vulkan"}),
        ("build: 11669", {"build": 11669}),
    ],
)
def test_a_value_of_a_node_changes_the_settings_of_its_models(
    tmp_path: Path, node: str, expected: dict[str, Any]
) -> None:
    assert changed(of_llama(tmp_path), of_llama(tmp_path, "", f", {node}")) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("maxModelLen: 4096", {"max_model_len": 4096}),
        ("maxNumSeqs: 5", {"max_num_seqs": 5}),
        ("kvCacheMemory: 3Gi", {"kv_cache_bytes": 3 * 2**30}),
        ("kvCacheMemory: '', gpuMemoryUtilization: 0.4", {"kv_cache_bytes": 0, "gpu_memory_utilization": 0.4}),
        ("kvCacheDtype: fp8", {"kv_cache_dtype": "fp8"}),
        ("dtype: float16", {"dtype": "float16"}),
        ("enforceEager: true", {"enforce_eager": True}),
        ("shmSize: 1Gi", {"shm_bytes": 2**30}),
        ("extraArgs: [--max-num-batched-tokens, 4K]", {"max_num_batched_tokens": 4096}),
        ("extraArgs: [--tensor-parallel-size, '2']", {"tensor_parallel": 2}),
        ("extraArgs: [--tensor-parallel-size, '0']", {}),
    ],
)
def test_a_value_of_vllm_changes_its_setting(tmp_path: Path, more: str, expected: dict[str, Any]) -> None:
    assert changed(of_vllm(tmp_path), of_vllm(tmp_path, f", {more}")) == expected
