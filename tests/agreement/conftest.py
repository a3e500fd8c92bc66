"""The number of cases of each agreement suite, and how a result is judged and written."""

from collections.abc import Callable

import pytest

from tests.agreement.proof import Result, Suite, write


@pytest.fixture
def cases(pytestconfig: pytest.Config) -> Callable[[Suite], int]:
    """The number of cases of a suite: --cases, else all with --prove, else a few."""

    def number(suite: Suite) -> int:
        chosen = int(pytestconfig.getoption("--cases"))
        return chosen or (suite.full if pytestconfig.getoption("--prove") else suite.few)

    return number


@pytest.fixture
def judge(pytestconfig: pytest.Config) -> Callable[[Result], None]:
    """Fails on a disagreement without a reason; with --prove, it first writes the result to docs/proof.md."""

    def judged(result: Result) -> None:
        assert result.compared
        if pytestconfig.getoption("--prove"):
            write(result)
        print(f"\n{result.section()}")
        assert result.unexplained == {}

    return judged
