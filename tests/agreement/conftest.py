"""The number of cases of each agreement suite, how a result is judged and written, and a cluster for Kubernetes' suites."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.lab.clusters import cluster
from ai_server.lab.programs import pins
from tests.agreement.installed import NotInstalledError
from tests.agreement.proof import Result, Suite, write

NAME = "ai-server-agree"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what needs the cluster, and leaves it out on other backends than kwok; the page is tested last, once the
    suites have written it.
    """
    items.sort(key=lambda item: item.path == Path(__file__).with_name("test_proof.py"))
    ours = [item for item in items if "kubeconfig" in getattr(item, "fixturenames", ()) and _is_here(item)]
    for item in ours:
        item.add_marker(pytest.mark.cluster)
    if config.getoption("--backend") != "kwok" and ours:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


def _is_here(item: pytest.Item) -> bool:
    return Path(__file__).parent in item.path.parents


@pytest.fixture
def cases(pytestconfig: pytest.Config) -> Callable[[Suite], int]:
    """The number of cases of a suite: --cases, else all with --prove, else a few."""

    def number(suite: Suite) -> int:
        chosen = int(pytestconfig.getoption("--cases"))
        return chosen or (suite.full if pytestconfig.getoption("--prove") else suite.few)

    return number


@pytest.fixture
def judge(pytestconfig: pytest.Config) -> Callable[[Result], None]:
    """Fails on a disagreement without a reason; with --prove, it first writes the result to docs/proof.md, and fails on a
    reason without a disagreement as well.
    """

    def judged(result: Result) -> None:
        assert result.compared
        complete = pytestconfig.getoption("--prove") and not pytestconfig.getoption("--cases")
        if complete:
            write(result)
        print(
            f"\n{result.section()}", *(f"{kind}: {example}" for kind, example in result.unexplained.items()), sep="\n"
        )
        assert result.unexplained == {}
        assert not complete or result.unused == set()

    return judged


@pytest.fixture
def real(pytestconfig: pytest.Config) -> Callable[[Callable[[], Path]], Path]:
    """Where a real program is. A test without it is skipped, but fails with --prove, whose page needs all of them."""

    def place(program: Callable[[], Path]) -> Path:
        try:
            return program()
        except NotInstalledError as error:
            missing = str(error)
        return pytest.fail(missing) if pytestconfig.getoption("--prove") else pytest.skip(missing)

    return place


@pytest.fixture(scope="session")
def kubeconfig() -> Iterator[Path]:
    """A cluster on kwok without nodes: a real API server, scheduler and controllers."""
    made = cluster(NAME)
    made.down()
    made.up(ClusterFacts("no nodes"))
    yield made.kubeconfig
    made.down()


@pytest.fixture(scope="session")
def kubernetes_version() -> str:
    """The version of that cluster."""
    return str(pins()["kube-apiserver"].version)
