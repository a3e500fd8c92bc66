"""The least size of weights, from a file's name."""

import pytest

from ai_server.checks.subjects.weights import least_bytes
from tests.tools.checks.conftest import Run

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("file", "least", "real"),
    [
        ("gguf/qwen3-235b-a22b-q4_k_m-00001-of-00003.gguf", 130, 142),
        ("gguf/gpt-oss-120b-mxfp4-00001-of-00003.gguf", 60, 64),
        ("Qwen3-30B-A3B-Q8_0.gguf", 29, 33),
        ("Mixtral-8x7B-Instruct-v0.1.Q4_K_M.gguf", 24, 27),
        ("llama-3.1-8b-f16.gguf", 15, 17),
    ],
)
def test_the_bound_is_below_the_real_size_and_near_it(file: str, least: int, real: int) -> None:
    assert least * GB <= least_bytes(file) <= real * GB


@pytest.mark.parametrize("file", ["glm-4.5-air-q4.gguf", "chat.gguf", "qwen3-8b.gguf", "bge-m3-f16.gguf"])
def test_a_name_without_numbers_says_nothing(file: str) -> None:
    assert least_bytes(file) == 0


MODELS = "{a: {file: a-70b-q4_k_m.gguf}, b: {file: b-120b-mxfp4.gguf}, c: {file: c-70b-q4_k_m.gguf}}"


@pytest.mark.parametrize(("most", "keys"), [(1, []), (2, []), (3, ["rocm.modelsMax"]), (0, ["rocm.modelsMax"])])
def test_only_models_that_are_loaded_together_count(run: Run, most: int, keys: list[str]) -> None:
    found = run(f"rocm: {{models: {MODELS}, modelsMax: {most}}}")
    assert [finding.key for finding in found if finding.rule == "programs/over-memory"] == keys
