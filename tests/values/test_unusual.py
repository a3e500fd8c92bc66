"""False alarms: the check reports nothing for values that look odd but are valid."""

from pathlib import Path

import pytest

from ai_server.paths import REPOSITORY
from tests.tools.checks.conftest import run

__all__ = ["run"]

FILES = sorted((REPOSITORY / "tests" / "values" / "unusual").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_unusual_values_are_silent(run, file: Path) -> None:
    assert [str(finding) for finding in run(file.read_text())] == []


def test_there_are_many() -> None:
    assert len(FILES) >= 20
