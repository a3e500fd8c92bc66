"""Each fix that check calls certain is applied to the file: its finding is gone, and no other one appears."""

from pathlib import Path

import pytest

from ai_server import checks
from ai_server.checks.core.pages import all_pages
from ai_server.checks.engine.apply import apply
from ai_server.kube.cluster_facts import ClusterFacts, read_facts
from tests.mistakes.test_mistakes import CLUSTER_LINE, FILES, name
from tests.tools.checks.conftest import HERE

EXAMPLES = {
    page.id: (page.wrong.partition("# waivers.yaml\n")[0], f"  - {page.cluster}\n" if page.cluster else "")
    for page in all_pages().values()
}
MISTAKES = {
    name(file): (text, f"  - {added[1]}\n" if (added := CLUSTER_LINE.search(text)) else "")
    for file in FILES
    for text in [file.read_text()]
}
CASES = {**MISTAKES, **{rule: case for rule, case in EXAMPLES.items() if "kind:" not in case[0].partition("\n")[0]}}


def findings(files: list[Path], facts: ClusterFacts, texts: dict[Path, str]) -> set[tuple[str, str, str]]:
    found = checks.run(files, facts, texts=texts).findings
    return {(finding.rule, finding.key, finding.message) for finding in found if finding.severity != "not-checked"}


@pytest.mark.parametrize("case", CASES)
def test_a_certain_fix_removes_its_finding_and_adds_none(tmp_path: Path, case: str) -> None:
    text, cluster = CASES[case]
    (tmp_path / "cluster.yaml").write_text((HERE / "cluster.yaml").read_text() + cluster)
    facts = read_facts(tmp_path / "cluster.yaml")
    files = [HERE / "base.yaml", tmp_path / "values.yaml"]
    texts = {files[0]: files[0].read_text(), files[1]: text}
    found = checks.run(files, facts, texts=texts).findings
    before = findings(files, facts, texts)
    for finding in found:
        after, done = apply([finding], texts)
        if done:
            left = findings(files, facts, after)
            assert (finding.rule, finding.key, finding.message) not in left
            assert {(rule, key) for rule, key, _ in left} <= {(rule, key) for rule, key, _ in before}
