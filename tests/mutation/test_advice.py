"""The findings of mutants: few for one mistake, and each certain fix removes its finding and adds none."""

import random
from pathlib import Path

import pytest

from ai_server.checks.core.model import Finding
from ai_server.checks.engine.apply import apply, is_certain
from tests.conftest import PROFILES
from tests.mutation import on_cluster, on_form, on_names, on_values
from tests.mutation.operators import OPERATORS
from tests.mutation.subject import Mutant, subject

MODULES = (on_cluster, on_form, on_names, on_values)
MOST_FINDINGS = 3
SAMPLE, QUICK_SAMPLE = 24, 4
LEFT = "mutants: the findings and fixes of a sample were tried (make test-mutants tries all)"


@pytest.mark.parametrize("name", PROFILES)
def test_a_mistake_has_few_findings_and_certain_fixes_work(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    profile = subject(name)
    if profile.waivers:
        (tmp_path / "waivers.yaml").write_text(profile.waivers)
    usual = Mutant("", profile.texts, profile.objects).findings(tmp_path)
    mutants = [
        mutant for operator in OPERATORS if operator.verdict == "refused" for mutant in operator.mutants(profile)
    ]
    if request.config.getoption("--places"):
        size = QUICK_SAMPLE if request.config.getoption("--quick") else SAMPLE
        tried = random.Random(name).sample(mutants, min(size, len(mutants)))
        request.node.user_properties.append((LEFT, len(mutants) - len(tried)))
        mutants = tried
    assert [problem for mutant in mutants for problem in problems(mutant, usual, tmp_path)] == []


def problems(mutant: Mutant, usual: list[Finding], folder: Path) -> list[str]:
    """What is wrong with the findings of a mutant, next to those of its profile."""
    texts, found = mutant.files(folder), mutant.findings(folder)
    wrong = [f"{mutant.place}: {len(found)} findings"] if len(found) - len(usual) > MOST_FINDINGS else []
    known = {(finding.rule, finding.key) for finding in (*found, *usual)}
    for finding in filter(is_certain, found):
        after, done = apply([finding], texts)
        changed = [str(file) for file in texts if after[file] != texts[file]]
        left = mutant.findings(folder, after)
        stays = (finding.key, finding.message) in [(other.key, other.message) for other in left]
        # a mutant's value is wrong in more than one way: a text that was a list of names is no name
        new = {(other.rule, other.key) for other in left if not other.key.startswith(finding.key)} - known
        if not done or changed != [finding.file] or stays or new:
            wrong.append(f"{mutant.place}: {finding} -> {finding.fix}: {sorted(new)}")
    return wrong
