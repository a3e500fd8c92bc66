"""The documentation of each rule is its test: the rule reports the wrong example, and accepts the right one."""

import re
from pathlib import Path

import pytest
import yaml

from ai_server.checks import Finding, all_rules
from ai_server.checks.core.model import NO_CLUSTER
from ai_server.checks.core.pages import CATEGORIES, FOLDER, BadPage, read_page
from ai_server.checks.core.registry import Rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.engine import chart
from ai_server.errors import UserError
from ai_server.helm.refusals import sentences
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Manifests
from ai_server.memory.facts_file import facts_of
from ai_server.memory.known import KnownModels
from ai_server.paths import CHART
from ai_server.reading.profiles import load
from tests.tools.checks.conftest import HERE, Run

RULES = list(all_rules().values())


def ids(known: Rule) -> str:
    return known.id


def on_objects(known: Rule, text: str) -> list[str]:
    """The findings of a rule for Kubernetes objects that no values can produce."""
    objects = [item for item in yaml.safe_load_all(text) if item]
    view = ClusterView(load([HERE / "base.yaml"]), manifests=Manifests(objects), facts=ClusterFacts("nothing"))
    return [violation.message for violation in known.violations(view) if violation.severity != "not-checked"]


def fires(run: Run, known: Rule, text: str, cluster: str = "") -> bool:
    if text.startswith("apiVersion"):
        return bool(on_objects(known, text))
    return known.id in {finding.rule for finding in findings(run, known, text, cluster)}


def findings(run: Run, known: Rule, text: str, cluster: str) -> list[Finding]:
    facts = facts_of(yaml.safe_load(known.page.facts), "facts.yaml") if known.page.facts else None
    return run(text, cluster=f"  - {cluster}\n" if cluster else "", models=KnownModels(facts=facts))


BY_VALUES = [known for known in RULES if known.id != "values/does-not-render"]
"""Values that the schema accepts always render: the rule is for bugs in the chart, and has its own test below."""


@pytest.mark.parametrize("known", BY_VALUES, ids=ids)
def test_the_wrong_example_fires(run: Run, known: Rule) -> None:
    assert fires(run, known, known.page.wrong, known.page.cluster)


@pytest.mark.parametrize("known", RULES, ids=ids)
def test_the_right_example_is_silent(run: Run, known: Rule) -> None:
    assert not fires(run, known, known.page.right, known.page.right_cluster or known.page.cluster)


@pytest.mark.parametrize("known", [rule for rule in RULES if not rule.page.right.startswith("apiVersion")], ids=ids)
def test_the_right_example_has_nothing_else_wrong(run: Run, known: Rule) -> None:
    cluster = known.page.right_cluster or known.page.cluster
    assert findings(run, known, known.page.right, cluster) == []


def test_the_examples_of_a_page_differ() -> None:
    assert [known.id for known in RULES if known.page.wrong == known.page.right] == []


@pytest.mark.parametrize("known", RULES, ids=ids)
def test_a_page_says_why_in_words(known: Rule) -> None:
    text = str(known.page)
    assert known.id in text
    assert len(known.page.why.split()) >= 8


def test_another_failure_of_the_chart_is_reported(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise UserError("template: x: nil pointer", code=1)

    monkeypatch.setattr(chart, "render_unvalidated", fail)
    assert [finding.rule for finding in run("rocm: {port: 8080}")] == ["values/does-not-render"]


def test_every_category_has_rules() -> None:
    assert {known.page.category for known in RULES} == set(CATEGORIES)
    assert {path.name for path in FOLDER.iterdir()} == set(CATEGORIES)


def test_every_sentence_of_the_chart_has_its_rule() -> None:
    by_chart = {known.id for known in RULES if known.page.needs == "chart"} - {"values/does-not-render"}
    assert by_chart <= set(sentences()) <= set(all_rules())


def test_every_rule_that_a_template_names_has_a_sentence() -> None:
    templates = "".join(file.read_text() for file in (CHART / "templates" / "validation").glob("*.tpl"))
    assert set(re.findall(r'"rule" "([^"]*)"', templates)) == set(sentences())


RULE_ID = re.compile(rf"(?<![/\w])(?:{'|'.join(CATEGORIES)})/[a-z0-9-]+\b(?![/.*])")


def test_every_rule_that_the_code_names_exists() -> None:
    code = {file: file.read_text() for file in FOLDER.parent.rglob("*.py")}
    named = {(file.name, rule_id) for file, text in code.items() for rule_id in RULE_ID.findall(text)}
    assert {rule_id for _, rule_id in named} >= {"programs/port-taken", "values/yaml-surprise"}
    assert {(file, rule_id) for file, rule_id in named if rule_id not in {*all_rules(), NO_CLUSTER}} == set()


PAGE = "---\ntitle: A title\nseverity: error\nneeds: render\n---\n\nWhy.\n"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("severity: error", "severity: warn", "severity is missing or invalid\nuse error or warning or hint"),
        ("title: A title\n", "", "title is missing"),
        ("needs: render", "fixx: x", "fixx is not a field of a page"),
        ("---\n", "", "must start with ---"),
    ],
)
def test_a_bad_page_is_reported_with_its_file_and_what_it_takes(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    (tmp_path / "bad.md").write_text(PAGE.replace(old, new))
    with pytest.raises(BadPage, match=problem) as refused:
        read_page(tmp_path / "bad.md")
    assert "bad.md" in refused.value.message
