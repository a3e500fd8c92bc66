"""Each file next to this one contains one mistake, whose line ends in `# <- ID`: the check reports it, and little else.

The files are merged over the shortest valid values; a line `# cluster: {...}` adds an object to their cluster.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from ai_server.checks.core.pages import CATEGORIES
from tests.tools.checks.conftest import JARGON, Run

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.yaml"))
MARK = re.compile(r"# <- ([a-z-]+/[a-z0-9-]+)$")
CLUSTER_LINE = re.compile(r"^# cluster: (.*)", re.MULTILINE)
MOST_FINDINGS = 3


def name(file: Path) -> str:
    return file.relative_to(HERE).as_posix()


def expected(file: Path) -> tuple[str, int]:
    marks = [
        (mark[1], number) for number, line in enumerate(file.read_text().splitlines(), 1) if (mark := MARK.search(line))
    ]
    assert len(marks) == 1, "one mistake a file"
    return marks[0]


@pytest.mark.parametrize("file", FILES, ids=name)
def test_the_mistake_is_found_on_its_line(run: Run, file: Path) -> None:
    text = file.read_text()
    added = CLUSTER_LINE.search(text)
    found = run(text, cluster=f"  - {added[1]}\n" if added else "")
    assert expected(file) in [(finding.rule, finding.line) for finding in found if Path(finding.file).name == "v0.yaml"]
    assert len(found) <= MOST_FINDINGS
    assert [finding for finding in found if JARGON.search(f"{finding.message} {finding.fix}")] == []
    assert [finding for finding in found if not finding.fix or "***" in finding.fix] == []


def test_there_are_many_of_every_category() -> None:
    counted = Counter(file.parent.name for file in FILES)
    assert len(FILES) >= 150
    assert {category: counted[category] >= 15 for category in CATEGORIES} == dict.fromkeys(CATEGORIES, True)
    assert [name(file) for file in FILES if expected(file)[0].split("/")[0] != file.parent.name] == []


def test_few_of_them_are_typos() -> None:
    typos = [
        file for file in FILES if expected(file)[0] == "values/unknown-key" or re.search("typo|misspelt", file.name)
    ]
    assert 0 < len(typos) < len(FILES) / 8
