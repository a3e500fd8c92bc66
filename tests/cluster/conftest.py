"""One cluster for all cluster tests: kwok by default, --backend kind or existing; KEEP=1 keeps it for inspection.

A module names the profile that it needs in PROFILE; its tests run on the backends of its `backends` mark, or on all.
"""

import os
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ai_server.helm.release import Release
from ai_server.helm.render import render
from ai_server.kube import live
from ai_server.kube.cluster_facts import read_facts
from ai_server.lab import programs
from ai_server.lab.clusters import Cluster, cluster
from ai_server.lab.clusters.stand_in import PAGE, StandIn, choose, needed
from ai_server.lab.containers import why_not
from ai_server.reading import profiles
from ai_server.reading.profiles import Profile, profile
from tests.cluster.common import NAMESPACE, Installed, clean, diagnose, settle

NAME = "ai-server-test"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what the backend cannot show, and everything, with the reason, if the backend cannot run."""
    backend = config.getoption("--backend")
    why = why_not() if backend == "kind" else ""
    elsewhere = []
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)
            wanted = item.get_closest_marker("backends")
            if wanted and backend not in wanted.args:
                elsewhere.append(item)
            elif why:
                item.add_marker(pytest.mark.skip(reason=why))
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


@pytest.fixture(scope="session")
def backend(pytestconfig: pytest.Config) -> str:
    return str(pytestconfig.getoption("--backend"))


@pytest.fixture(scope="session")
def mock(backend: str, pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """The cluster, not started yet, without the remains of a crashed run."""
    given = {"kubeconfig": pytestconfig.getoption("--kubeconfig")} if backend == "existing" else {}
    programs.ensure(["helm", "helm3"])
    made = cluster(NAME, backend, **given)
    if not os.environ.get("REUSE"):
        made.down()
    os.environ["KUBECONFIG"] = str(made.kubeconfig)  # for pytest-helm-charts' kube_cluster
    yield made
    if os.environ.get("KEEP"):
        print(f"\nkept: export KUBECONFIG={made.kubeconfig}; ai-server cluster down --name {NAME} --backend {backend}")
    else:
        made.down()


@pytest.fixture(scope="module")
def stand_in(request: pytest.FixtureRequest, backend: str) -> StandIn:
    """The values files of the module's profile on this backend, with Open WebUI itself if the module says REAL_PAGE."""
    real_page = getattr(request.module, "REAL_PAGE", False)
    chosen = choose(profile(request.module.PROFILE), backend, real_page=real_page)
    more = request.config.getoption("--also-values")
    return replace(chosen, files=(*chosen.files, Path(more).resolve())) if more else chosen


@pytest.fixture(scope="module")
def nodes_of(request: pytest.FixtureRequest, mock: Cluster, stand_in: StandIn, backend: str) -> Profile:
    """The profile that the module names in PROFILE, with its nodes in the cluster; on kind, those that it needs."""
    wanted = profile(request.module.PROFILE)
    facts = read_facts(wanted.cluster)
    manifests = render(profiles.load(stand_in.files).values, namespace=NAMESPACE)
    if backend != "kwok":
        facts = facts.only(needed(manifests, facts))
    mock.up(facts)
    mock.prepare(manifests, facts)
    # a page of another kind is another installation: its data are those of another program
    name = f"{wanted.name} with the real page" if PAGE in stand_in.files else wanted.name
    return Profile(name, stand_in.files, wanted.cluster)


@pytest.fixture(scope="session")
def last(mock: Cluster, backend: str) -> Iterator[dict[str, Installed]]:
    """What was installed last: modules of one profile share a release. Removes it from an existing cluster."""
    found: dict[str, Installed] = {}
    yield found
    if backend == "existing" and found:
        clean(Release(mock.kubeconfig, namespace=NAMESPACE), live.core(live.api_client(mock.kubeconfig)))


@pytest.fixture(scope="module")
def release(nodes_of: Profile, mock: Cluster, api: Any, last: dict[str, Installed]) -> Release:
    """The profile installed, as users install it, after removing another profile's release and what Helm kept of it."""
    made = Release(mock.kubeconfig, namespace=NAMESPACE)
    if last.get("profile") != nodes_of.name and not os.environ.get("REUSE"):
        clean(made, api)
    made.install_or_upgrade(nodes_of.files, timeout_seconds=240)
    settle(made, api)
    last["profile"] = nodes_of.name
    return made


@pytest.fixture(scope="module")
def api(nodes_of: Profile, mock: Cluster) -> Any:
    """The cluster's pods, nodes, Services and so on."""
    return live.core(live.api_client(mock.kubeconfig))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Prints, after a failure on real nodes: events, container states, last log lines."""
    report = yield
    made = getattr(item, "funcargs", {}).get("mock")
    if report.failed and made and item.config.getoption("--backend") != "kwok":
        report.sections.append(("cluster", diagnose(made)))
    return report
