"""What the chart rejects is data: other sentences change only the words of findings."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from ai_server.checks import Finding, all_rules
from ai_server.helm import refusals, render
from ai_server.paths import CHART
from tests.tools.checks.conftest import Run

CATALOGUE = "rocm: {nodes: {halo: {serve: [chat, chatt], overrides: {chatt: {ctxSize: 4096}}}}}"
NAMES = """
thor: {speech: {models: {resting: {enabled: false}}}}
litellm: {routing: {aliases: {gpt-4.1: smal, a/b: smal}, fallbacks: {small: [gone]}, sharedNames: [whisper, resting]}}
openwebui: {taskModel: kokorro}
"""
"""Names that no backend serves: near ones, one that is switched off, in lists, and at keys with dots and slashes."""
OF_CHART = [known for known in all_rules().values() if known.page.needs == "chart"]
WRONG = {known.id: (known.page.wrong, known.page.cluster) for known in OF_CHART}
EXAMPLES = {**WRONG, "catalogue": (CATALOGUE, ""), "names": (NAMES, "")}
del EXAMPLES["values/does-not-render"]


def garbled(sentences: Any, words: random.Random) -> Any:
    """The same rules and variants, each text replaced by other words without arguments."""
    if isinstance(sentences, dict):
        return {key: garbled(value, words) for key, value in sentences.items()}
    return " ".join("".join(words.choices("abcdefg;:[].", k=5)) for _ in range(words.randint(1, 9)))


def places(found: list[Finding]) -> list[tuple[str, str, int]]:
    return sorted((finding.rule, finding.key, finding.line) for finding in found)


@pytest.mark.parametrize(("values", "cluster"), EXAMPLES.values(), ids=EXAMPLES)
def test_other_sentences_lead_to_the_same_rules_keys_and_lines(
    run: Run, monkeypatch: pytest.MonkeyPatch, values: str, cluster: str
) -> None:
    added = f"  - {cluster}\n" if cluster else ""
    before = run(values, cluster=added)
    other = garbled(refusals.sentences(), random.Random(7))
    monkeypatch.setattr(refusals, "sentences", lambda: other)
    after = run(values, cluster=added)
    assert places(after) == places(before) != []
    assert {finding.message for finding in after} != {finding.message for finding in before}


def test_what_the_chart_refuses_is_reported_though_a_template_crashes_on_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chart = shutil.copytree(CHART, tmp_path / "ai-server")
    (chart / "templates" / "crashes.yaml").write_text('{{ fail "a template crashes" }}')
    monkeypatch.setattr(render, "CHART", chart)
    render._unvalidated.cache_clear()
    [finding] = run("litellm: {routing: {aliases: {gpt: chatt}}}")
    assert finding.rule == "routes/nobody-serves"
    assert [finding.rule for finding in run("rocm: {port: 8080}")] == ["values/does-not-render"]
    render._unvalidated.cache_clear()


def test_a_name_is_found_in_its_list_with_the_nearest_that_is_served(run: Run) -> None:
    found = {finding.key: finding for finding in [*run(CATALOGUE), *run(NAMES)]}
    assert found["rocm.nodes.halo.serve[1]"].fix == "perhaps use chat; available: chat"
    assert found["litellm.routing.aliases.gpt-4.1"].message == 'no backend serves "smal"; did you mean small?'
    assert found["litellm.routing.aliases.a/b"].line == 3
    assert found["litellm.routing.sharedNames[1]"].fix == "enable it, or remove the name here"
