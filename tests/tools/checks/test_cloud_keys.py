"""The key of a model on another machine, in the forms that users try."""

import pytest

from tests.at import at, flow
from tests.tools.checks.conftest import Run

FORM = "{name: my-secret, key: api-key}"


@pytest.mark.parametrize(
    ("written", "rule", "fix"),
    [
        ("model: openai/gpt-5-mini", "programs/model-without-key", f"apiKeySecret: {FORM}"),
        ("model: openai/gpt-5-mini, apiKeySecret: {key: mine}", "programs/model-without-key", f"apiKeySecret: {FORM}"),
        ("model: openai/gpt-5-mini, apiKeySecret: mine", "values/wrong-type", "use {name: mine, key: api-key}"),
        ("model: openai/gpt-5-mini, apiKey: mine", "security/secret-in-values", f"set apiKeySecret: {FORM}"),
        ("model: openai/gpt-5-mini, params: {api_key: ''}", "programs/model-without-key", "remove it"),
    ],
)
def test_a_cloud_model_without_a_usable_key_is_reported_once_with_a_fix(
    run: Run, written: str, rule: str, fix: str
) -> None:
    [found] = run(at("litellm.models.cloud", flow(written)))
    assert found.rule == rule
    assert fix in found.fix


def test_an_absolute_folder_of_vllm_is_reported_once(run: Run) -> None:
    [found] = run("thor: {nodes: {thor: {vllm: {model: /data/ai-models/hf/qwen, servedNames: []}}}}")
    assert (found.rule, found.fix) == ("values/bad-form", "use hf/qwen")


def test_an_inner_batch_of_a_model_that_llama_server_splits_is_silent(run: Run) -> None:
    model = flow("file: gguf/e.gguf, mode: embedding, ctxSize: 8192, ubatchSize: 512")
    found = [run(at("rocm.models.embed", model | {"pooling": pooling})) for pooling in ("last", "mean")]
    assert [[finding.rule for finding in one] for one in found] == [[], ["programs/small-batch"]]


def test_the_number_of_gpus_counts_for_a_privileged_pod(run: Run) -> None:
    values = "rocm: {nodes: {halo: {gpuAccess: privileged, gpuCount: 2}}}"
    assert [finding.rule for finding in run(values) if "gpuCount" in finding.key] == []
