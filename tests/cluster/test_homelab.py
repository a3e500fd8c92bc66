"""The profile homelab on a real scheduler: where pods run, and the effect of an upgrade, a rollback and a lost node."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_helm_charts.k8s.deployment import wait_for_deployments_to_run

from ai_server import checks
from ai_server.errors import UserError
from ai_server.kube.cluster_facts import live_facts, read_facts
from ai_server.kube.discover import as_yaml
from ai_server.lab import demo
from tests.cluster.common import clean, eventually, pods, ready, settle

PROFILE = "homelab"
GPU_NODES = {"aimax": "ai-server-rocm-aimax", "thor": "ai-server-thor-thor"}


@pytest.fixture
def homelab(release, api, nodes_of) -> Any:
    """The release as in the profile, before and after each test."""
    release.install_or_upgrade(nodes_of.files)
    settle(release, api)
    yield release
    release.install_or_upgrade(nodes_of.files)
    settle(release, api)


def keys(api, release) -> dict[str, str]:
    return api.read_namespaced_secret("ai-server-keys", release.namespace).data


def test_every_deployment_runs(release, kube_cluster) -> None:
    names = ["ai-server-litellm", "ai-server-rocm-aimax", "ai-server-thor-thor"]
    running = wait_for_deployments_to_run(kube_cluster.kube_client, names, release.namespace, 30, missing_ok=False)
    assert sorted(deployment.name for deployment in running) == names


@pytest.mark.backends("kwok")
def test_every_pod_is_on_its_node_and_no_other_pod_on_a_gpu_node(release, api) -> None:
    where = {name: pod.spec.node_name for name, pod in pods(api, release).items()}
    assert {node: name for name, node in where.items() if node in GPU_NODES} == GPU_NODES
    assert re.fullmatch("rpi[2456]", where["ai-server-litellm"])


def test_the_gpu_is_taken_on_the_node(release, api) -> None:
    pod = pods(api, release)["ai-server-rocm-aimax"]
    assert pod.spec.containers[0].resources.limits["amd.com/gpu"] == "1"
    assert pods(api, release)["ai-server-thor-thor"].spec.runtime_class_name == "nvidia"


@pytest.fixture
def tenant(api) -> Iterator[Callable[[str], str]]:
    """Makes a pod for aimax with a memory request, outside the release, and removes it."""
    made = []

    def make(memory: str) -> str:
        name = f"tenant-{len(made)}"
        container = {"name": "a", "image": "example.com/a:1", "resources": {"requests": {"memory": memory}}}
        place = {"nodeSelector": {"kubernetes.io/hostname": "aimax"}, "tolerations": [{"operator": "Exists"}]}
        api.create_namespaced_pod("default", {"metadata": {"name": name}, "spec": {"containers": [container], **place}})
        made.append(name)
        return name

    yield make
    for name in made:
        api.delete_namespaced_pod(name, "default", grace_period_seconds=0)


@pytest.mark.backends("kwok")
def test_a_second_tenant_gets_what_the_planned_requests_leave_and_no_more(release, api, tenant) -> None:
    """aimax has 124Gi, of which the release requests 100Gi."""
    large, small = tenant("25Gi"), tenant("20Gi")

    def refused() -> str:
        events = api.list_namespaced_event("default", field_selector=f"involvedObject.name={large}").items
        messages = [event.message for event in events if event.reason == "FailedScheduling"]
        assert messages
        return str(messages[-1])

    def runs() -> None:
        assert ready(api.read_namespaced_pod(small, "default"))

    assert "Insufficient memory" in eventually(refused)
    eventually(runs)
    assert api.read_namespaced_pod(large, "default").status.phase == "Pending"
    assert ready(pods(api, release)["ai-server-rocm-aimax"])


@pytest.mark.backends("kwok")
def test_the_claim_is_bound_with_the_default_class(release, api) -> None:
    claim = api.read_namespaced_persistent_volume_claim("ai-server-openwebui", release.namespace)
    assert (claim.status.phase, claim.spec.storage_class_name) == ("Bound", "longhorn")


def test_every_key_is_there_and_none_is_short(release, api) -> None:
    found = {key: base64.b64decode(value).decode() for key, value in keys(api, release).items()}
    assert len(found) == 5
    assert all(len(value) >= 40 for value in found.values())
    assert found["LITELLM_MASTER_KEY"].startswith("sk-")


@pytest.mark.backends("kwok")
def test_check_against_the_live_cluster_is_silent(release, nodes_of, mock) -> None:
    result = checks.run(nodes_of.files, live_facts(str(mock.kubeconfig)), namespace=release.namespace)
    assert [str(finding) for finding in result.findings if finding.severity != "not-checked"] == []
    assert result.counted["cluster/too-little"] == 3


@pytest.mark.backends("kwok")
def test_what_discover_writes_is_judged_as_the_live_cluster(release, nodes_of, mock, tmp_path) -> None:
    live = live_facts(str(mock.kubeconfig))
    (tmp_path / "cluster.yaml").write_text(as_yaml(live))
    found = [
        checks.run(nodes_of.files, facts, namespace=release.namespace)
        for facts in (live, read_facts(tmp_path / "cluster.yaml"))
    ]
    assert [str(finding) for finding in found[1].findings] == [str(finding) for finding in found[0].findings]
    assert found[1].counted["cluster/too-little"] == 3


@pytest.mark.backends("kwok")
def test_an_upgrade_and_a_rollback_keep_the_keys(homelab, api, nodes_of) -> None:
    before = keys(api, homelab)
    [first] = [revision["revision"] for revision in homelab.history()][-1:]
    homelab.install_or_upgrade(nodes_of.files, values={"rocm": {"startupSeconds": 60}})
    assert keys(api, homelab) == before
    homelab.rollback(first)
    assert keys(api, homelab) == before


@pytest.mark.backends("kwok")
def test_an_upgrade_restarts_only_what_changed(homelab, api, nodes_of) -> None:
    before = {name: pod.metadata.uid for name, pod in pods(api, homelab).items()}
    homelab.install_or_upgrade(nodes_of.files, values={"thor": {"vllm": {"maxNumSeqs": 4}}})
    after = {name: pod.metadata.uid for name, pod in pods(api, homelab).items()}
    assert {name for name in after if after[name] != before[name]} == {"ai-server-thor-thor"}


@pytest.mark.backends("kwok")
def test_the_notes_make_the_missing_secret_of_a_cloud_model_and_the_rest_goes_on(homelab, api, nodes_of) -> None:
    cloud = {"model": "openai/gpt-5-mini", "apiKeySecret": {"name": "cloud-key", "key": "token"}}
    homelab.install_or_upgrade(nodes_of.files, values={"litellm": {"models": {"cloud": cloud}}})
    assert "create secret generic cloud-key --from-literal=token=..." in homelab.notes()
    assert "ai-server-litellm" in pods(api, homelab)
    homelab.install_or_upgrade(nodes_of.files)
    assert "cloud-key" not in homelab.notes()


def test_the_same_values_again_restart_nothing(homelab, api, nodes_of) -> None:
    before = {pod.metadata.uid for pod in pods(api, homelab).values()}
    homelab.install_or_upgrade(nodes_of.files)
    assert {pod.metadata.uid for pod in pods(api, homelab).values()} == before


@pytest.mark.backends("kwok")
def test_a_rollback_brings_the_old_objects_back(homelab, api, nodes_of) -> None:
    first = homelab.history()[-1]["revision"]
    homelab.install_or_upgrade(
        nodes_of.files,
        values={
            "thor": {"enabled": False},
            "litellm": {"routing": {"fallbacks": {"gpt-oss-120b": ["bge-m3"], "qwen3-32b": []}}},
            "openwebui": {"taskModel": ""},
        },
    )

    def run(*workloads: str) -> None:
        assert pods(api, homelab).keys() == {"ai-server-litellm", "ai-server-rocm-aimax", *workloads}

    # the garbage collector removes a Deployment's pod a moment after the Deployment
    eventually(run)
    homelab.rollback(first)
    eventually(lambda: run("ai-server-thor-thor"))


@pytest.mark.backends("kwok")
def test_an_upgrade_that_never_becomes_ready_is_rolled_back(homelab, api, nodes_of) -> None:
    crash = {"rocm": {"pod": {"annotations": {"ai-server-test/crash": ""}}}}
    with pytest.raises(UserError, match=r"helm: (?s:.*)(not ready|deadline|timed out)(?s:.*)"):
        homelab.install_or_upgrade(nodes_of.files, values=crash, rollback=True, timeout_seconds=10)
    assert homelab.history()[-1]["status"] == "deployed"
    settle(homelab, api)


@pytest.mark.backends("kwok")
def test_a_pod_that_no_node_fits_says_why(homelab, api, nodes_of) -> None:
    homelab.install_or_upgrade(nodes_of.files, values={"rocm": {"gpuCount": 4}}, wait=False)

    def reason() -> str:
        pod = pods(api, homelab)["ai-server-rocm-aimax"]
        conditions = {condition.type: condition.message for condition in pod.status.conditions or []}
        assert "Insufficient amd.com/gpu" in (conditions.get("PodScheduled") or "")
        return conditions["PodScheduled"]

    assert "0/9 nodes are available" in eventually(reason)


@pytest.mark.backends("kwok")
def test_a_lost_node_loses_its_pod_and_gets_it_back(homelab, api) -> None:
    api.patch_node(
        "thor",
        {
            "spec": {
                "taints": [
                    {"key": "cuda-inference", "value": "true", "effect": "NoSchedule"},
                    {"key": "test/outage", "effect": "NoExecute"},
                ]
            }
        },
    )

    def evicted() -> None:
        assert pods(api, homelab)["ai-server-thor-thor"].spec.node_name is None

    def back() -> None:
        pod = pods(api, homelab)["ai-server-thor-thor"]
        assert (pod.spec.node_name, ready(pod)) == ("thor", True)

    try:
        eventually(evicted)
        assert ready(pods(api, homelab)["ai-server-litellm"])
    finally:
        api.patch_node(
            "thor", {"spec": {"taints": [{"key": "cuda-inference", "value": "true", "effect": "NoSchedule"}]}}
        )
    eventually(back)


@pytest.mark.backends("kwok")
def test_a_drained_gateway_moves_to_another_small_node(homelab, api) -> None:
    left = pods(api, homelab)["ai-server-litellm"].spec.node_name
    api.patch_node(left, {"spec": {"unschedulable": True}})
    try:
        api.delete_namespaced_pod(pods(api, homelab)["ai-server-litellm"].metadata.name, homelab.namespace)

        def moved() -> str:
            pod = pods(api, homelab).get("ai-server-litellm")
            assert pod
            assert ready(pod)
            return pod.spec.node_name

        assert eventually(moved) not in {left, *GPU_NODES}
    finally:
        api.patch_node(left, {"spec": {"unschedulable": None}})


@pytest.mark.backends("kwok")
@pytest.mark.parametrize("program", ["helm", "helm3"])
def test_uninstalling_leaves_the_keys_and_the_chats_and_reinstalling_finds_them(
    release, api, nodes_of, program: str
) -> None:
    before = keys(api, release)
    claim = api.read_namespaced_persistent_volume_claim("ai-server-openwebui", release.namespace).metadata.uid
    said = release.uninstall()
    assert "ai-server-keys" in said
    assert "ai-server-openwebui" in said
    left = json.dumps(remaining(api, release))
    assert left == json.dumps({"Secret": ["ai-server-keys"], "PersistentVolumeClaim": ["ai-server-openwebui"]})
    again = type(release)(release.kubeconfig, namespace=release.namespace, program=program)
    again.install_or_upgrade(nodes_of.files)
    assert keys(api, release) == before
    assert api.read_namespaced_persistent_volume_claim("ai-server-openwebui", release.namespace).metadata.uid == claim


def remaining(api, release) -> dict[str, list[str]]:
    def gone() -> dict[str, list[str]]:
        found = {
            "Secret": api.list_namespaced_secret(release.namespace).items,
            "PersistentVolumeClaim": api.list_namespaced_persistent_volume_claim(release.namespace).items,
            "Service": api.list_namespaced_service(release.namespace).items,
            "Pod": api.list_namespaced_pod(release.namespace).items,
            "ConfigMap": api.list_namespaced_config_map(release.namespace).items,
        }
        names = {kind: sorted(item.metadata.name for item in items) for kind, items in found.items()}
        left = {kind: [name for name in listed if name != "kube-root-ca.crt"] for kind, listed in names.items()}
        assert not left["Pod"]
        return {kind: kept for kind, kept in left.items() if kept}

    return eventually(gone)


@pytest.mark.backends("kwok")
def test_a_release_with_keys_of_its_own_makes_none(release, nodes_of, api) -> None:
    other = type(release)(release.kubeconfig, name="other", namespace="ai-own-keys")
    values = {"global": {"existingSecret": "mine"}, "openwebui": {"persistence": {"enabled": False}}}
    other.install_or_upgrade(nodes_of.files, values=values, wait=False)
    names = [item.metadata.name for item in api.list_namespaced_secret(other.namespace).items]
    clean(other, api)
    assert [name for name in names if not name.startswith("sh.helm")] == []


@pytest.mark.backends("kwok")
def test_the_demo_sees_which_routes_are_dead(homelab, api, nodes_of) -> None:
    assert demo.Seen(*demo.read_back(homelab)).dead == []
    homelab.install_or_upgrade(
        nodes_of.files, values={"thor": {"pod": {"annotations": {"ai-server-test/crash": ""}}}}, wait=False
    )

    def dead() -> None:
        assert demo.Seen(*demo.read_back(homelab)).dead == ["kokoro", "qwen3-32b", "whisper"]

    eventually(dead)


def test_the_demo_reads_back_where_pods_and_routes_are(release) -> None:
    rows, routes = demo.read_back(release)
    assert {row.gpu for row in rows} == {"", "amd.com/gpu 1", "by runtime class nvidia"}
    assert {row.route.nodes for row in routes if row.route.service == "ai-server-thor-thor-vllm"} == {("thor",)}


def test_values_the_chart_refuses_change_nothing(homelab, api, nodes_of) -> None:
    before = homelab.history()
    with pytest.raises(UserError, match="no backend serves"):
        homelab.install_or_upgrade(nodes_of.files, values={"openwebui": {"taskModel": "nobody"}})
    assert homelab.history() == before
