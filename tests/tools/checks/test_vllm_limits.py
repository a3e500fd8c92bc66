"""The limits of vLLM: tokens of a batch, of a request and of the KV cache."""

import pytest

from ai_server.memory.facts_file import Facts
from ai_server.memory.folder import FolderFacts
from ai_server.memory.folder_layers import Layers
from ai_server.memory.known import KnownModels
from tests.tools.checks.conftest import Run


def reported(run: Run, rule: str, vllm: str) -> list[tuple[str, str]]:
    found = run(f"thor: {{vllm: {{{vllm}}}}}")
    return [(finding.severity, finding.key) for finding in found if finding.rule == rule]


OFF = "--no-enable-chunked-prefill, --max-num-batched-tokens"


@pytest.mark.parametrize(
    ("vllm", "key"),
    [
        (f"extraArgs: [{OFF}, '16383']", "extraArgs[1]"),
        (f"extraArgs: [{OFF}, 16k]", "extraArgs[1]"),
        (f"extraArgs: [{OFF}, 16K]", ""),
        (f"extraArgs: [{OFF}, '4096'], maxModelLen: 4096", ""),
        (f"extraArgs: [{OFF}, '4096'], maxModelLen: 0", ""),
        ("extraArgs: [--max-num-batched-tokens, '4096']", ""),
        ("extraArgs: [--max-num-batched-tokens, '15']", "extraArgs[0]"),
        ("extraArgs: [--max-num-batched-tokens, '15'], maxNumSeqs: 15", ""),
        ("extraArgs: [--long-prefill-token-threshold, '16385']", "extraArgs[0]"),
        ("extraArgs: [--long-prefill-token-threshold, '16384']", ""),
    ],
)
def test_a_batch_is_compared_with_requests_and_their_context(run: Run, vllm: str, key: str) -> None:
    assert reported(run, "programs/batched-tokens", vllm) == ([("error", f"thor.vllm.{key}")] if key else [])


@pytest.mark.parametrize(
    ("vllm", "severity"),
    [
        ("kvCacheMemory: 63Mi", "warning"),
        ("kvCacheMemory: 64Mi", "hint"),
        ("kvCacheMemory: 319Mi", "hint"),
        ("kvCacheMemory: 320Mi", ""),
        ("kvCacheMemory: 63Mi, kvCacheDtype: fp8", "hint"),
        ("kvCacheMemory: 160Mi, kvCacheDtype: fp8_e4m3", ""),
        ("kvCacheMemory: 1Mi, maxModelLen: 0", ""),
        ("kvCacheMemory: 16", ""),
        ("kvCacheMemory: 1Mi", "warning"),
        ("kvCacheMemory: '', gpuMemoryUtilization: 0.4", ""),
    ],
)
def test_a_kv_cache_is_compared_with_the_context(run: Run, vllm: str, severity: str) -> None:
    assert reported(run, "programs/small-kv-cache", vllm) == (
        [(severity, "thor.vllm.kvCacheMemory")] if severity else []
    )


def test_a_long_context_is_reported_where_only_that_is_written(run: Run) -> None:
    assert reported(run, "programs/small-kv-cache", "maxModelLen: 1048576") == [("hint", "thor.vllm.maxModelLen")]


@pytest.mark.parametrize(
    ("vllm", "fix"),
    [
        ("model: hf/Qwen3-32B-NVFP4, kvCacheMemory: 4Gi, maxModelLen: 131072", "16Gi, or lower maxModelLen to 32768"),
        (
            "model: hf/qwen3-32b, kvCacheMemory: 4Gi, maxModelLen: 65536, kvCacheDtype: fp8",
            "8Gi, or lower maxModelLen to 32768",
        ),
        ("model: hf/qwen3-32b, kvCacheMemory: 8Gi, maxModelLen: 32768", ""),
        ("model: hf/qwen3-32b-awq, kvCacheMemory: 4Gi, maxModelLen: 32768", "8Gi, or lower maxModelLen to 16384"),
        ("model: hf/qwen3-next-80b-a3b, kvCacheMemory: 4Gi, maxModelLen: 131072", ""),
        ("model: hf/qwen3.5-32b, kvCacheMemory: 4Gi, maxModelLen: 131072", ""),
        ("model: hf/qwen3-32b, kvCacheMemory: 4Gi, maxModelLen: 131072, extraArgs: [--tensor-parallel-size, '8']", ""),
    ],
)
def test_the_cache_of_a_known_model_holds_one_request(run: Run, vllm: str, fix: str) -> None:
    findings = run(f"thor: {{nodes: {{thor: {{vllm: {{{vllm}}}}}}}}}")
    found = [finding for finding in findings if finding.rule == "programs/small-kv-cache"]
    expected = [("warning", f"raise kvCacheMemory to {fix}")] if fix else []
    assert [(finding.severity, finding.fix) for finding in found] == expected


LLAMA = Layers("full", 32, kv_heads=8, key=128, value=128)
FOLDER = FolderFacts(
    name="small", weights=1, weights_by_type=(("BF16", 1),), speculative=0, model_type="llama", dtype="bfloat16",
    quantization="", kv_dtype="", context=131072, vocab_size=1, hidden_size=1, intermediate_size=1, num_attention_heads=32,
    multimodal=False, layers=(LLAMA,),
)  # fmt: skip
"""A model of which a token takes 128 KiB."""


@pytest.mark.parametrize(("size", "severities"), [("4Gi", ["error"]), ("5Gi", [])])
def test_the_files_of_a_model_tell_what_a_request_needs(run: Run, size: str, severities: list[str]) -> None:
    models = KnownModels(facts=Facts(folders={"hf/small": FOLDER}))
    found = run(f"thor: {{vllm: {{maxModelLen: 36864, kvCacheMemory: {size}}}}}", models=models)
    found = [finding for finding in found if finding.rule == "programs/small-kv-cache"]
    assert [finding.severity for finding in found] == severities
    assert all(finding.fix == "raise kvCacheMemory to 5Gi, or lower maxModelLen to 32752" for finding in found)
