"""The mocked cluster itself: it matches its file, is reused, and leaves nothing behind."""

import socket
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from ai_server.errors import UserError
from ai_server.kube import live
from ai_server.kube.cluster_facts import read_facts
from ai_server.lab.clusters import cluster, kwok
from ai_server.reading.profiles import profile
from tests.cluster.common import eventually, ready

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kwok")
SPEC = {"containers": [{"name": "a", "image": "example.com/a:1"}], "nodeName": "rpi2"}


@pytest.fixture
def pod(api) -> Any:
    """Makes a pod with a test annotation, and removes it."""
    made = []

    def make(annotations: dict[str, str], **spec: Any) -> str:
        name = f"probe-{uuid4().hex[:8]}"
        body = {"metadata": {"name": name, "annotations": annotations}, "spec": {**SPEC, **spec}}
        api.create_namespaced_pod("default", body)
        made.append(name)
        return name

    yield make
    for name in made:
        api.delete_namespaced_pod(name, "default")


def phase(api, name: str) -> str:
    return api.read_namespaced_pod(name, "default").status.phase


def test_nodes_are_what_the_file_says(nodes_of, api) -> None:
    written = {
        item["metadata"]["name"]: item
        for item in yaml.safe_load(nodes_of.cluster.read_text())["items"]
        if item["kind"] == "Node"
    }
    running = {node.metadata.name: node for node in api.list_node().items}
    assert running.keys() == written.keys()
    for name, node in running.items():
        assert written[name]["metadata"]["labels"].items() <= node.metadata.labels.items()
        assert node.status.allocatable == written[name]["status"]["allocatable"]
        assert [taint.key for taint in node.spec.taints or []] == [
            taint["key"] for taint in written[name].get("spec", {}).get("taints", [])
        ]


def test_a_nodes_architecture_is_its_label(api) -> None:
    found = {node.metadata.name: node.status.node_info.architecture for node in api.list_node().items}
    assert (found["aimax"], found["thor"]) == ("amd64", "arm64")


def test_a_second_up_finds_the_running_cluster(mock, nodes_of, api) -> None:
    before = api.read_namespace("kube-system").metadata.uid
    mock.up(read_facts(nodes_of.cluster))
    assert api.read_namespace("kube-system").metadata.uid == before


def test_another_file_brings_the_nodes_into_line(mock, nodes_of, api) -> None:
    mock.up(read_facts(profile("sites/lab").cluster))
    assert {node.metadata.name for node in api.list_node().items} == {"lab-halo-1", "lab-halo-2", "lab-thor", "lab-cpu"}
    mock.up(read_facts(nodes_of.cluster))
    assert len(api.list_node().items) == 9


def test_a_taint_that_another_file_does_not_have_is_removed(mock, nodes_of, api) -> None:
    mock.up(read_facts(profile("mixed-lab").cluster))
    assert api.read_node("halo").spec.taints
    mock.up(read_facts(profile("strix-everything").cluster))
    assert not api.read_node("halo").spec.taints
    mock.up(read_facts(nodes_of.cluster))


def test_a_pod_without_instructions_becomes_ready(api, pod) -> None:
    name = pod({})
    assert eventually(lambda: _ready(api, name))


def test_a_pod_can_be_slow_to_start(api, pod) -> None:
    slow, quick = pod({"ai-server-test/start-delay": "5s"}), pod({})
    eventually(lambda: _ready(api, quick))
    assert phase(api, slow) == "Pending"
    assert eventually(lambda: _ready(api, slow))


def test_a_pod_can_crash_forever(api, pod) -> None:
    name = pod({"ai-server-test/crash": ""})

    def crashing() -> str:
        [status] = api.read_namespaced_pod(name, "default").status.container_statuses or [None]
        assert status
        return status.state.waiting.reason

    assert eventually(crashing) == "CrashLoopBackOff"


@pytest.mark.parametrize(("annotations", "expected"), [({}, "Succeeded"), ({"ai-server-test/fail": ""}, "Failed")])
def test_a_pod_that_runs_once_ends(api, pod, annotations: dict[str, str], expected: str) -> None:
    name = pod(annotations, restartPolicy="Never")

    def ended() -> str:
        assert phase(api, name) in ("Succeeded", "Failed")
        return phase(api, name)

    assert eventually(ended) == expected


def test_a_node_can_fall_silent_and_come_back(api) -> None:
    def status() -> str:
        return next(
            condition.status for condition in api.read_node("rpi5").status.conditions if condition.type == "Ready"
        )

    def is_not(wanted: str) -> None:
        assert status() != wanted

    api.patch_node("rpi5", {"metadata": {"labels": {"ai-server-test/not-ready": ""}}})
    eventually(lambda: is_not("True"))
    api.patch_node("rpi5", {"metadata": {"labels": {"ai-server-test/not-ready": None}}})
    eventually(lambda: is_not("False"))


def test_a_cluster_leaves_nothing_behind() -> None:
    other = cluster("ai-server-test-brief")
    other.up(read_facts(profile("rocm-only").cluster))
    assert other.is_up()
    assert live.core(live.api_client(other.kubeconfig)).read_node("aimax").metadata.name == "aimax"
    assert other.down()
    assert not other.folder.exists()
    assert (
        "ai-server-test-brief" not in subprocess.run(["ps", "-ef"], capture_output=True, text=True, check=True).stdout
    )
    assert not other.down()


def test_a_dead_cluster_is_replaced(tmp_path: Path) -> None:
    other = cluster("ai-server-test-dead")
    other.folder.mkdir(parents=True, exist_ok=True)
    other.kubeconfig.write_text("apiVersion: v1\nkind: Config\nclusters: []\n")
    other.up(read_facts(profile("rocm-only").cluster))
    try:
        assert other.is_up()
    finally:
        other.down()


def test_a_busy_port_is_reported_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    other = kwok.Kwok("ai-server-test-busy")
    config = other._config()
    monkeypatch.setattr(kwok, "START_SECONDS", 10)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(
            other, "_config", lambda: config.replace("runtime:", f"kubeApiserverPort: {port}\n  runtime:")
        )
        with pytest.raises(UserError, match="address already in use") as refused:
            other.up(read_facts(profile("rocm-only").cluster))
    assert "another try chooses new ports" in refused.value.hint
    assert not other.folder.exists()


def test_a_cluster_file_without_nodes_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text("kind: List\nitems: []\n")
    other = cluster("ai-server-test-none")
    with pytest.raises(UserError, match="contains no Node"):
        other.up(read_facts(tmp_path / "cluster.yaml"))
    assert not other.folder.exists()


def _ready(api, name: str) -> bool:
    assert ready(api.read_namespaced_pod(name, "default"))
    return True
