"""Inspection on nodes: an API server that is not real, whose nodes run the command of a pod on this machine."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubernetes_validate
import pytest
from kubernetes.client.exceptions import ApiException

from ai_server.cli.inspect_live import inspect_on_nodes
from ai_server.errors import UserError
from ai_server.kube import node_run
from ai_server.kube.node_run import NAME, Run, pod, run_on_nodes
from tests.memory.gguf_file import GgufFile

ENDED = SimpleNamespace(exit_code=128, reason="StartError", message="exec: python3: not found")
IMAGE = "ghcr.io/berriai/litellm:v1.108.14"


def status(phase: str = "Succeeded", *, waiting: str = "", message: str = "", ended: bool = True) -> SimpleNamespace:
    """The status of a pod, as the client returns it."""
    waits = SimpleNamespace(reason=waiting, message=message) if waiting else None
    state = SimpleNamespace(waiting=waits, terminated=ENDED if ended and not waits else None)
    containers = [SimpleNamespace(name="istio-proxy", state=SimpleNamespace(waiting=None, terminated=None))]
    containers += [SimpleNamespace(name=NAME, state=state)]
    return SimpleNamespace(phase=phase, reason="OutOfmemory", message=None, container_statuses=containers)


class FakeCluster:
    """Pods by name. status: of each pod; events: of all; failing: the methods that fail."""

    def __init__(self) -> None:
        self.pods: dict[str, Any] = {}
        self.deleted: list[str] = []
        self.status: Callable[[str], Any] = lambda name: status()
        self.events: list[Any] = []
        self.failing: dict[str, int] = {}

    def _answer(self, method: str) -> None:
        if method in self.failing:
            raise ApiException(status=self.failing[method], reason="Forbidden")

    def create_namespaced_pod(self, namespace: str, body: Any) -> Any:
        self._answer("create" if not self.pods else "create second")
        name = f"{body['metadata']['generateName']}{len(self.pods)}"
        self.pods[name] = body
        return SimpleNamespace(metadata=SimpleNamespace(name=name))

    def read_namespaced_pod(self, name: str, namespace: str) -> Any:
        self._answer("read")
        return SimpleNamespace(status=self.status(name))

    def read_namespaced_pod_log(self, name: str, namespace: str, *, container: str, _preload_content: bool) -> Any:
        assert not _preload_content
        command = self.pods[name]["spec"]["containers"][0]["command"]
        # as the kubelet does
        replaced = [re.sub(r"\$\$|\$\((\w+)\)", lambda sign: "$" if sign[0] == "$$" else "", text) for text in command]
        done = subprocess.run([sys.executable, *replaced[1:]], capture_output=True, check=False)
        return SimpleNamespace(data=done.stdout + done.stderr)

    def list_namespaced_event(self, namespace: str, *, field_selector: str) -> Any:
        self._answer("events")
        return SimpleNamespace(items=self.events)

    def delete_namespaced_pod(self, name: str, namespace: str, *, grace_period_seconds: int) -> None:
        self._answer("delete")
        self.deleted.append(name)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    fake = FakeCluster()
    monkeypatch.setattr(node_run, "core", lambda api: fake)
    return fake


def run(folder: Path | str = "/data/ai-models", seconds: int = 60) -> Run:
    return Run(IMAGE, "ai-server", str(folder), seconds=seconds)


def test_each_node_has_the_facts_of_its_own_files(cluster: FakeCluster, tmp_path: Path) -> None:
    (tmp_path / "gguf").mkdir()
    for name in ("a", "b"):
        GgufFile().write(tmp_path / "gguf" / f"{name}.gguf")
    facts = inspect_on_nodes(None, {"aimax": ["gguf/a.gguf", "gguf/no.gguf"], "thor": []}, run(tmp_path))
    assert {node: list(found.models) for node, found in facts.items()} == {
        "aimax": ["gguf/a.gguf"],
        "thor": ["gguf/a.gguf", "gguf/b.gguf"],
    }
    assert facts["aimax"].errors == {"gguf/no.gguf": "cannot be read: No such file or directory"}
    assert facts["thor"].source("gguf/b.gguf") == "node thor"
    assert cluster.deleted == list(cluster.pods)


def test_dollar_signs_of_a_program_survive_the_kubelet(cluster: FakeCluster) -> None:
    program = "import sys; print('$(HOME) $$ $', *sys.argv[1:])"
    assert run_on_nodes(None, program, {"aimax": ["$(A)"]}, run())["aimax"].text == "$(HOME) $$ $ $(A)\n"


def test_the_pod_is_valid_and_can_only_read_one_folder() -> None:
    made = pod("aimax", "print()", [], run())
    kubernetes_validate.validate({"apiVersion": "v1", "kind": "Pod", **made}, "1.36", strict=True)
    [container], [volume] = made["spec"]["containers"], made["spec"]["volumes"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert [mount["readOnly"] for mount in container["volumeMounts"]] == [True]
    assert volume["hostPath"] == {"path": "/data/ai-models", "type": "Directory"}
    assert made["spec"]["securityContext"]["runAsNonRoot"]
    assert made["spec"]["automountServiceAccountToken"] is False
    assert made["spec"]["nodeName"] == "aimax"
    assert made["spec"]["tolerations"] == [{"operator": "Exists"}]
    assert made["spec"]["activeDeadlineSeconds"] == 60


def test_a_pod_that_ends_later_is_waited_for(cluster: FakeCluster) -> None:
    seen = iter([status("Pending", waiting="ContainerCreating"), status("Running", ended=False), status()])
    cluster.status = lambda name: next(seen)
    assert run_on_nodes(None, "print(1)", {"aimax": []}, run(), poll=0)["aimax"].text == "1\n"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (status("Pending", waiting="ErrImagePull", message="not found"), "its pod failed: ErrImagePull: not found"),
        (status("Failed", ended=False), "its pod failed: OutOfmemory"),
    ],
)
def test_a_pod_that_cannot_run_is_an_error_of_its_node(cluster: FakeCluster, state: Any, expected: str) -> None:
    cluster.status = lambda name: status() if name.endswith("1") else state
    outputs = run_on_nodes(None, "print(1)", {"aimax": [], "thor": []}, run(), poll=0)
    assert (outputs["aimax"].error, outputs["thor"].text) == (expected, "1\n")
    assert len(cluster.deleted) == 2


def test_a_node_without_the_folder_is_an_error_that_the_kubelet_explains(cluster: FakeCluster) -> None:
    cluster.status = lambda name: status("Pending", waiting="ContainerCreating")
    message = "hostPath type check failed: /data/ai-models is not a directory"
    cluster.events = [SimpleNamespace(type="Warning", reason="FailedMount", message=message)]
    facts = inspect_on_nodes(None, {"rpi1": []}, run())
    assert facts["rpi1"].errors == {"": f"its pod does not start: {message}"}


@pytest.mark.parametrize("failing", [{}, {"events": 403}])
def test_a_pod_that_does_not_end_is_given_up_and_deleted(cluster: FakeCluster, failing: dict[str, int]) -> None:
    cluster.status, cluster.failing = (lambda name: status("Running", ended=False)), failing
    outputs = run_on_nodes(None, "print(1)", {"aimax": []}, run(seconds=0), poll=0)
    assert outputs["aimax"].error == "its pod did not end within 0 seconds: Running"
    assert cluster.deleted == list(cluster.pods)


@pytest.mark.parametrize("method", ["create", "create second", "read"])
def test_pods_are_deleted_also_after_an_error(cluster: FakeCluster, method: str) -> None:
    cluster.failing = {method: 403}
    with pytest.raises(UserError, match="cannot run a pod in namespace ai-server: Forbidden"):
        run_on_nodes(None, "print(1)", {"aimax": [], "thor": []}, run())
    assert cluster.deleted == list(cluster.pods)


def test_a_pod_that_stays_is_named(cluster: FakeCluster) -> None:
    cluster.failing = {"delete": 500}
    with pytest.raises(UserError, match=r"kubectl delete pod --namespace ai-server ai-server-inspect-0"):
        run_on_nodes(None, "print(1)", {"aimax": []}, run())


def test_an_image_without_python_is_an_error_that_says_so(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SimpleNamespace(data=b"")
    monkeypatch.setattr(cluster, "read_namespaced_pod_log", lambda *_, **__: log)
    assert inspect_on_nodes(None, {"aimax": []}, run())["aimax"].errors == {
        "": "its program printed nothing: exec: python3: not found"
    }


def test_another_output_is_an_error_that_quotes_its_last_line(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SimpleNamespace(data=b"Traceback\nMemoryError\n")
    monkeypatch.setattr(cluster, "read_namespaced_pod_log", lambda *_, **__: log)
    assert inspect_on_nodes(None, {"aimax": []}, run())["aimax"].errors == {"": "it printed MemoryError"}
