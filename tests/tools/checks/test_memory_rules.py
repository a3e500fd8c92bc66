"""Rules that compare the values with the memory plan: by model files, and by names."""

import pytest

from ai_server.memory.known import KnownModels
from tests.memory.releases import known, model
from tests.tools.checks.conftest import Run

NAMES = KnownModels()
TWO = "rocm: {models: {chat: {file: gguf/chat.gguf}, big: {file: gguf/big.gguf}}, modelsMax: %s}"
"""On halo, which has 120 GiB."""


def found(run: Run, rule: str, values: str, models: KnownModels, cluster: str = "") -> list[tuple[str, str, str]]:
    findings = run(values, models=models, cluster=cluster)
    return [(finding.severity, finding.key, finding.fix) for finding in findings if finding.rule == f"programs/{rule}"]


def test_a_model_that_does_not_fit_by_itself_is_an_error_at_its_file(run: Run) -> None:
    values = TWO.replace("gguf/big.gguf", "gguf/big.gguf, ctxSize: 4096") % 1
    [(severity, key, _)] = found(run, "over-memory", values, known(chat=model(8), big=model(130)))
    assert (severity, key) == ("error", "rocm.models.big.file")


def test_several_models_that_do_not_fit_together_are_a_warning_at_models_max(run: Run) -> None:
    [(severity, key, fix)] = found(run, "over-memory", TWO % 2, known(chat=model(70), big=model(80)))
    assert (severity, key) == ("warning", "rocm.modelsMax")
    assert fix.startswith("set rocm.modelsMax: 1, so that fewer models are in memory together: ")


def test_a_name_that_says_how_large_the_model_is_is_enough(run: Run) -> None:
    values = "rocm: {models: {chat: {file: gguf/qwen3-235b-a22b-q8_0.gguf}}}"
    [(severity, key, _)] = found(run, "over-memory", values, NAMES)
    assert (severity, key) == ("error", "rocm.models.chat.file")


def test_a_name_that_says_nothing_is_not_reported(run: Run) -> None:
    assert found(run, "over-memory", "rocm: {models: {chat: {file: gguf/unheard-of.gguf}}}", NAMES) == []


CARD = """\
  - apiVersion: v1
    kind: Node
    metadata: {name: pc, labels: {kubernetes.io/arch: amd64, nvidia.com/gpu.memory: "24564"}}
    status: {allocatable: {cpu: "16", memory: 62Gi, nvidia.com/gpu: "1"}}
"""


@pytest.mark.parametrize(("gib", "severities"), [(20, []), (30, ["error"])])
def test_a_card_must_hold_the_layers_of_a_model(run: Run, gib: int, severities: list[str]) -> None:
    values = "gpu: {models: {m: {file: gguf/m.gguf}}, nodes: {pc: {pod: {runtimeClassName: nvidia}}}}"
    found_ones = found(run, "over-memory", values, known(m=model(gib), chat=model(8)), CARD)
    assert [severity for severity, _, _ in found_ones] == severities


@pytest.mark.parametrize(("request_gib", "fixes"), [(8, ["use 64Gi"]), (63, []), (64, [])])
def test_a_request_below_the_plan_gets_the_planned_amount(run: Run, request_gib: int, fixes: list[str]) -> None:
    values = f"rocm: {{resources: {{requests: {{memory: {request_gib}Gi}}}}}}"
    assert [fix for _, _, fix in found(run, "small-memory-request", values, known(chat=model(60)))] == fixes


def test_a_request_is_not_compared_with_a_guess(run: Run) -> None:
    values = "rocm: {models: {chat: {file: gguf/gpt-oss-120b-mxfp4.gguf}}}"
    assert found(run, "small-memory-request", values, NAMES) == []


@pytest.mark.parametrize(
    ("settings", "fixes"),
    [
        ("ctxSize: 65536", ["use 32768"]),
        ("ctxSize: 65536, parallel: 2", []),
        ("ctxSize: 131072, parallel: 2", ["use 65536"]),
        ("ctxSize: 0", []),
        ("ctxSize: 65536, flags: {override-kv: llama.context_length=int:65536}", []),
    ],
)
def test_a_context_larger_than_the_models_own_is_reported(run: Run, settings: str, fixes: list[str]) -> None:
    values = f"rocm: {{models: {{chat: {{file: gguf/chat.gguf, {settings}}}}}}}"
    models = known(chat=model(8, context=32768))
    assert [fix for _, _, fix in found(run, "context-over-model", values, models)] == fixes
