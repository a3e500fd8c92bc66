"""vLLM's parsers by the family of a model."""

import pytest

from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.parsers import families
from tests.tools.checks.conftest import Run


def advice(run: Run, model: str, parser: str) -> list[tuple[str, str]]:
    found = run(f"thor: {{nodes: {{thor: {{vllm: {{model: hf/{model}, toolCallParser: {parser}}}}}}}}}")
    return [(finding.severity, finding.fix) for finding in found if finding.key.endswith("toolCallParser")]


@pytest.mark.parametrize("kind", ["tool", "reasoning"])
def test_the_table_names_parsers_of_the_pinned_version(kind: str) -> None:
    flag = {"tool": "--tool-call-parser", "reasoning": "--reasoning-parser"}[kind]
    named = {name for row in families() for name in row.get(kind, ())}
    assert named <= set(flags_of("vllm").known[flag].choices)


@pytest.mark.parametrize(
    ("model", "parser", "expected"),
    [
        ("Qwen3-8B", "qwen3", [("error", "perhaps use hermes")]),
        ("gpt-oss-20b", "harmony", [("error", "perhaps use openai")]),
        ("small", "herms", [("error", "use hermes")]),
        ("gpt-oss-20b", "hermes", [("warning", "perhaps use openai")]),
        ("GLM-4.5-Air-FP8", "glm47", []),
        ("Qwen3-Coder-30B-A3B-Instruct", "qwen3_xml", []),
        ("Qwen3-8B", "qwen3_coder", []),
        ("dolphin-mistral-24b", "hermes", []),
        ("DeepSeek-R1-Distill-Qwen-32B", "hermes", []),
        ("Mistral-7B-Instruct-v0.2", "hermes", []),
        ("gpt-oss-20b", "auto", []),
        ("small", "auto", []),
    ],
)
def test_the_parser_fits_the_family(run: Run, model: str, parser: str, expected: list[tuple[str, str]]) -> None:
    assert advice(run, model, parser) == expected
