"""The profile mixed-lab: unlike nodes, each with the programs that its entry names."""

from typing import Any

import pytest

from ai_server import checks
from ai_server.helm.gateway import gateway_of
from ai_server.kube.cluster_facts import live_facts
from tests.cluster.common import pods

PROFILE = "mixed-lab"
pytestmark = pytest.mark.backends("kwok")
PROGRAMS = {
    "halo": {"llama-server"},
    "thor": {"llama-server", "vllm", "comfyui", "speech"},
    "bigpc": {"llama-server"},
    "spark": {"llama-server"},
    "nas": {"llama-server"},
}


@pytest.fixture
def pod_of(release, api) -> dict[str, Any]:
    """The pod of each node's programs; the gateway may run on any of these nodes as well."""
    return {pod.spec.node_name: pod for name, pod in pods(api, release).items() if name != "ai-server-litellm"}


def test_each_node_runs_its_programs_in_one_pod(pod_of) -> None:
    assert {node: {container.name for container in pod.spec.containers} for node, pod in pod_of.items()} == PROGRAMS


def test_a_pod_gets_the_gpu_in_the_way_of_its_node(pod_of) -> None:
    limits = {node: pod.spec.containers[0].resources.limits or {} for node, pod in pod_of.items()}
    assert {node for node, limit in limits.items() if limit.get("nvidia.com/gpu") == "1"} == {"bigpc"}
    assert {node for node, pod in pod_of.items() if pod.spec.runtime_class_name == "nvidia"} == {
        "thor",
        "spark",
        "bigpc",
    }
    assert pod_of["halo"].spec.containers[0].security_context.privileged


def test_the_gateway_asks_one_model_at_every_node_that_serves_it(release, api) -> None:
    plain = api.api_client.sanitize_for_serialization
    maps = [plain(item) for item in api.list_namespaced_config_map(release.namespace).items]
    routes = gateway_of(maps).routes
    assert sum(route.model == "gpt-oss-20b" for route in routes) == 2
    assert sum(route.model == "mlx-qwen" for route in routes) == 1


def test_check_against_the_live_cluster_is_silent(release, nodes_of, mock) -> None:
    result = checks.run(nodes_of.files, live_facts(str(mock.kubeconfig)), namespace=release.namespace)
    assert [str(finding) for finding in result.findings if finding.severity != "not-checked"] == []
    assert result.counted["cluster/too-little"] == 6
