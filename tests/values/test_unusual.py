"""False alarms: the check reports nothing for values that look odd but are valid.

A line `# cluster: {...}` adds an object to their cluster.
"""

from pathlib import Path

import pytest

from ai_server.paths import REPOSITORY
from tests.mistakes.test_mistakes import CLUSTER_LINE
from tests.tools.checks.conftest import run

__all__ = ["run"]

FILES = sorted((REPOSITORY / "tests" / "values" / "unusual").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_unusual_values_are_silent(run, file: Path) -> None:
    text = file.read_bytes().decode()
    cluster = "".join(f"  - {added}\n" for added in CLUSTER_LINE.findall(text))
    assert [str(finding) for finding in run(text, cluster=cluster)] == []


def test_there_are_many() -> None:
    assert len(FILES) >= 60
