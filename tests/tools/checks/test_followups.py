"""What follows from another mistake is not reported next to it."""

import pytest

from ai_server.checks import facts
from ai_server.checks.core.model import Finding
from ai_server.checks.core.registry import all_rules
from ai_server.checks.engine.followups import without_consequences
from tests.tools.checks.conftest import Run


def at(rule: str, key: str) -> Finding:
    return Finding(rule, "error", "my.yaml", 1, 1, key, "is wrong")


@pytest.mark.parametrize(
    ("key", "left"),
    [
        ("rocm.nodes.halo", 1),
        ("rocm.nodes.halo.pod.tolerations[0]", 1),
        ("rocm.nodes", 1),
        ("rocm.nodes.halo2", 2),
        ("rocm.nodes.hal", 2),
    ],
)
def test_a_cause_is_above_or_below_and_not_only_of_a_similar_name(key: str, left: int) -> None:
    findings = [at("cluster/taint", key), at("kubernetes/field-value", "rocm.nodes.halo")]
    assert len(without_consequences(findings)) == left


def test_every_rule_of_the_table_exists() -> None:
    causes = facts.table("followups")["causes"]
    assert {rule for row in causes for rule in (*row["rules"], *row["waits_for"])} <= all_rules().keys()


def test_a_secret_is_reported_alone_at_its_key_unless_that_is_waived(run: Run) -> None:
    text = "openwebui: {secretKey: zq9}"
    assert [finding.rule for finding in run(text)] == ["security/secret-in-values"]
    waiver = "# waivers.yaml\n- {rule: security/secret-in-values, key: openwebui.secretKey, reason: only an example}"
    assert [finding.rule for finding in run(f"{text}\n{waiver}")] == ["values/unknown-key"]


def test_a_short_flag_with_its_own_key_is_reported_once_as_that(run: Run) -> None:
    found = run("rocm: {models: {chat: {flags: {ngl: 99}}}}")
    assert [(finding.rule, finding.severity) for finding in found] == [("programs/own-key", "error")]


@pytest.mark.parametrize(
    "text",
    [
        "rocm: {models: {a: {file: a.gguf}}, nodes: {halo: {renderGroup: 991}}}\nrocm: {port: 8081}",
        "rocm: {models: {a: {file: a.gguf}}, nodes: {halo: {renderGroup: 991, serve: [a]}}, models: {b: {file: b.gguf}}}",
        "rocm: {models: {a: {file: a.gguf}}, nodes: {halo: {}}, nodes: {}}\nlitellm: {routing: {aliases: {gpt: a}}}",
    ],
)
def test_what_a_duplicate_key_replaced_is_not_reported_as_missing(run: Run, text: str) -> None:
    assert {finding.rule for finding in run(text, base=False)} == {"values/duplicate-key"}


def test_a_path_that_no_program_loads_is_reported_once(run: Run) -> None:
    found = run("thor: {vllm: {model: /data/ai-models/chat.gguf}}")
    assert [(finding.rule, finding.changes) for finding in found] == [("programs/model-path", ())]
