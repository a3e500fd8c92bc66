"""One kwok cluster for all cluster tests; KEEP=1 leaves it for a look, and the next run replaces it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from ai_server import live
from ai_server.clusters import Cluster, cluster
from ai_server.profiles import Profile, profile
from ai_server.release import Release

NAME = "ai-server-test"
PATIENCE_SECONDS = 90


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def mock() -> Iterator[Cluster]:
    """The cluster, not started yet; what a dead run left behind is removed first."""
    made = cluster(NAME)
    made.down()
    os.environ["KUBECONFIG"] = str(made.kubeconfig)  # for pytest-helm-charts' kube_cluster
    yield made
    if os.environ.get("KEEP"):
        print(f"\nkept: export KUBECONFIG={made.kubeconfig}; ai-server cluster down --name {NAME}")
    else:
        made.down()


@pytest.fixture(scope="module")
def nodes_of(request: pytest.FixtureRequest, mock: Cluster) -> Profile:
    """The profile that the module names in PROFILE, with its nodes in the cluster."""
    wanted = profile(request.module.PROFILE)
    mock.up(wanted.cluster)
    return wanted


@pytest.fixture(scope="module")
def release(nodes_of: Profile, mock: Cluster, api: Any) -> Iterator[Release]:
    """The profile installed, as people install it; gone with everything it kept at the end."""
    made = Release(mock.kubeconfig, namespace="ai")
    made.install_or_upgrade(nodes_of.files)
    yield made
    clean(made, api)


@pytest.fixture(scope="module")
def api(nodes_of: Profile, mock: Cluster) -> Any:
    """The cluster's pods, nodes, Services and so on."""
    return live.core(live.api_client(mock.kubeconfig))


def clean(release: Release, api: Any) -> None:
    """Removes a release, and what it keeps on purpose."""
    if release.history():
        release.uninstall()
    for remove in (
        api.delete_collection_namespaced_persistent_volume_claim,
        api.delete_collection_namespaced_secret,
    ):
        remove(release.namespace)


def eventually(assertion: Callable[[], Any]) -> Any:
    """What assertion returns, once it no longer fails."""
    again = retry(
        retry=retry_if_exception_type(AssertionError),
        stop=stop_after_delay(PATIENCE_SECONDS),
        wait=wait_fixed(0.3),
        reraise=True,
    )
    return again(assertion)()


def pods(api: Any, release: Release) -> dict[str, Any]:
    """The release's pods that are not going, by the name of their workload."""
    found = api.list_namespaced_pod(
        release.namespace, label_selector=f"app.kubernetes.io/instance={release.name}"
    ).items
    return {owner(pod): pod for pod in found if not pod.metadata.deletion_timestamp}


def owner(pod: Any) -> str:
    """The workload's name, without the hashes of a Deployment's pod."""
    name = pod.metadata.owner_references[0].name
    return name.rsplit("-", 1)[0] if pod.metadata.owner_references[0].kind == "ReplicaSet" else pod.metadata.name


def ready(pod: Any) -> bool:
    """Whether the pod is Ready."""
    return any(each.type == "Ready" and each.status == "True" for each in pod.status.conditions or [])
