"""The profile fleet: a pool selected by label, machines by name, and no other pods on them."""

from collections import Counter

import pytest
from kubernetes import client

from ai_server.helm.gateway import gateway_of
from tests.cluster.common import endpoints, eventually, pods, ready

PROFILE = "fleet"
pytestmark = pytest.mark.backends("kwok")


def placed(api, release) -> dict[str, str]:
    return {name: pod.spec.node_name for name, pod in pods(api, release).items()}


def everywhere(api, release) -> Counter[str]:
    found = api.list_namespaced_pod(
        release.namespace, label_selector=f"app.kubernetes.io/instance={release.name}"
    ).items
    return Counter(pod.spec.node_name for pod in found if not pod.metadata.deletion_timestamp)


def test_each_node_of_the_pool_has_one_pod_and_no_other(release, api) -> None:
    found = everywhere(api, release)
    assert {name for name in found if name.startswith("halo-")} == {f"halo-{number:02}" for number in range(1, 25)}
    assert {found[name] for name in found if name.startswith("halo-")} == {1}


def test_each_named_node_has_its_own_and_separate_programs_share_theirs(release, api) -> None:
    found = everywhere(api, release)
    assert {name: found[name] for name in found if name.startswith("thor-")} == {
        **{f"thor-{number}": 1 for number in range(1, 9)},
        "thor-7": 2,
    }


def test_gateway_and_page_are_on_machines_without_a_gpu(release, api) -> None:
    found = api.list_namespaced_pod(
        release.namespace, label_selector="app.kubernetes.io/component in (litellm, openwebui)"
    )
    assert len(found.items) == 3
    assert {pod.spec.node_name[:4] for pod in found.items} == {"cpu-"}


def test_the_pools_service_has_every_pod_behind_it(release, api) -> None:
    behind = endpoints(client.DiscoveryV1Api(api.api_client), release, "ai-server-rocm-pool")
    assert sorted(behind.values()) == [f"halo-{number:02}" for number in range(1, 25)]


def test_one_model_on_seven_thors_is_one_name_with_seven_backends(release, api) -> None:
    plain = api.api_client.sanitize_for_serialization
    maps = [plain(item) for item in api.list_namespaced_config_map(release.namespace).items]
    assert Counter(route.model for route in gateway_of(maps).routes)["qwen3-32b"] == 7


def test_a_node_that_joins_the_pool_gets_its_pod(release, api) -> None:
    api.patch_node("cpu-3", {"metadata": {"labels": {"ai-server/pool": "halo"}}})
    try:
        # it lacks the GPU: its pod is created, and stays Pending
        def waiting() -> None:
            found = api.list_namespaced_pod(release.namespace, field_selector="status.phase=Pending").items
            assert [pod for pod in found if "cpu-3" in str(pod.spec.affinity)]

        eventually(waiting)
    finally:
        api.patch_node("cpu-3", {"metadata": {"labels": {"ai-server/pool": None}}})


def test_a_lost_machine_of_the_pool_costs_one_endpoint(release, api) -> None:
    api.delete_node("halo-24")

    def fewer() -> None:
        assert "halo-24" not in everywhere(api, release)
        assert sum(name.startswith("halo-") for name in everywhere(api, release)) == 23

    eventually(fewer)
    assert ready(pods(api, release)["ai-server-openwebui"])


def test_a_pool_is_updated_one_machine_at_a_time(release, api) -> None:
    sets = client.AppsV1Api(api.api_client).list_namespaced_daemon_set(release.namespace).items
    limits = {
        daemon_set.metadata.name: daemon_set.spec.update_strategy.rolling_update.max_unavailable for daemon_set in sets
    }
    assert limits == {"ai-server-rocm-pool": 1}
