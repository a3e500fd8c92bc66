"""Faults of real machines: what users notice, and for how long; docs/operate.md has the table."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from kubernetes import client as kubernetes
from urllib3.exceptions import HTTPError

from ai_server.helm.release import Release
from ai_server.lab import talk
from ai_server.lab.clusters.kind_config import nodes_of as containers_of
from ai_server.lab.containers.engine import docker
from tests.cluster.common import eventually, fault, inside, kubectl, pods, ready, uids

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")
CLEAR = {429, 500, 502, 503, 504}
CLIENTS = 4
GATEWAY, ROCM, THOR = "ai-server-litellm", "ai-server-rocm-aimax", "ai-server-thor-thor"


@pytest.fixture
def ask(release: Release, api: Any, mock: Any) -> Callable[..., int]:
    """Asks a model from a node, by the gateway's cluster address: without port-forward, API server and DNS.

    The status of the answer; 0 without one in time.
    """
    address = api.read_namespaced_service(GATEWAY, release.namespace).spec.cluster_ip
    node, key = containers_of(mock.name)["rpi2"], talk.key(release)

    def status(model: str, path: str = "completions", seconds: int = 30, **content: Any) -> int:
        body = json.dumps({"model": model, "max_tokens": 2, **(content or {"prompt": "x"})})
        command = [
            "docker",
            "exec",
            node,
            "curl",
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "-m",
            str(seconds),
            "-d",
            body,
        ]
        command += ["-H", f"Authorization: Bearer {key}", "-H", "Content-Type: application/json"]
        run = subprocess.run(
            [*command, f"http://{address}:4000/v1/{path}"], capture_output=True, text=True, check=False
        )
        assert run.stdout, run.stderr
        return int(run.stdout)

    return status


@contextmanager
def load(ask: Callable[[str], int], model: str) -> Iterator[Counter[int]]:
    """Four clients send requests all the time: the number of answers by status."""
    stop, seen = Event(), Counter[int]()

    def one() -> None:
        while not stop.is_set():
            seen[ask(model)] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(CLIENTS):
            pool.submit(one)
        try:
            yield seen
        finally:
            stop.set()


def kill(release: Release, api: Any, workload: str) -> None:
    name = pods(api, release)[workload].metadata.name
    kubectl(release, "delete", "pod", name, "--grace-period=0", "--force", "--wait=false")


def back(release: Release, api: Any, *workloads: str) -> Callable[[], None]:
    def check() -> None:
        found = pods(api, release)
        assert set(workloads) <= found.keys()
        assert all(ready(found[name]) for name in workloads)

    return check


def answers(ask: Callable[[str], int], model: str) -> Callable[[], None]:
    def check() -> None:
        assert ask(model) == 200

    return check


def answered(seen: Counter[int]) -> Callable[[], None]:
    def check() -> None:
        assert seen[200] > 0

    return check


def test_a_dead_backend_costs_no_request_where_another_model_may_answer(release, api, ask) -> None:
    with load(ask, "gpt-oss-120b") as seen:
        eventually(answered(seen))
        kill(release, api, ROCM)
        eventually(back(release, api, ROCM))
    assert seen[200] > 10
    assert set(seen) == {200}


PICTURE = {
    "type": "image_url",
    "image_url": {
        "url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    },
}


def test_a_picture_that_a_model_of_text_cannot_read_costs_the_other_clients_nothing(ask) -> None:
    with load(ask, "gpt-oss-120b") as seen:
        eventually(answered(seen))
        for _ in range(4):  # llama-server answers 500, as when it is broken
            ask("gpt-oss-120b", "chat/completions", messages=[{"role": "user", "content": [PICTURE]}])
        before = seen[200]
        eventually(lambda: answered(Counter({200: seen[200] - before - 10}))())
    assert set(seen) == {200}


def test_a_dead_backend_without_another_is_a_clear_error_and_soon_over(release, api, ask, record_property) -> None:
    started = time.monotonic()
    with load(ask, "qwen3-coder-30b") as seen:
        eventually(answered(seen))
        kill(release, api, ROCM)
        eventually(back(release, api, ROCM))
    eventually(answers(ask, "qwen3-coder-30b"))
    record_property("recovery_seconds", round(time.monotonic() - started, 1))
    assert seen[200] > 0
    # a deleted pod answers nothing: a request that was being sent may wait until its connection times out
    assert seen[0] <= CLIENTS
    assert set(seen) - {0, 200} <= CLEAR


def test_a_killed_gateway_comes_back_with_the_same_key_and_chats(release, api, ask) -> None:
    before = talk.key(release)
    kill(release, api, GATEWAY)
    eventually(back(release, api, GATEWAY))
    eventually(answers(ask, "gpt-oss-120b"))
    assert talk.key(release) == before
    assert "webui.db" in inside(release, pods(api, release)[GATEWAY], "openwebui", "ls", "/app/backend/data")


def test_the_api_stays_while_the_page_is_dead(release, api, ask) -> None:
    pod = pods(api, release)[GATEWAY]
    before = uids(api, release)
    with load(ask, "qwen3-32b") as seen:
        fault(release, pod, "openwebui", "crash:1", 8080)
        kubectl(release, "exec", pod.metadata.name, "--container=openwebui", "--", "python3", "-c", DIE, check=False)

        def restarted() -> None:
            [page] = [
                status for status in pods(api, release)[GATEWAY].status.container_statuses if status.name == "openwebui"
            ]
            assert page.restart_count > 0
            assert page.ready

        eventually(restarted)
    assert set(seen) == {200}
    assert uids(api, release) == before


DIE = "import os, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8080/api/models', headers={'Authorization': 'Bearer ' + __import__('mocks.openwebui', fromlist=['token']).token()}), timeout=3)"


def test_a_drained_node_waits_for_its_return_and_the_rest_answers(release, api, ask) -> None:
    kubectl(release, "drain", "thor", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s")
    try:
        assert ask("gpt-oss-120b") == 200
        # by its fallback, once a connection to the pod that disappeared has timed out
        eventually(answers(ask, "qwen3-32b"))
    finally:
        kubectl(release, "uncordon", "thor")
    eventually(back(release, api, THOR))


def test_an_answer_that_is_awaited_when_its_node_loses_power_is_an_error_soon(release, api, ask, mock) -> None:
    fault(release, pods(api, release)[THOR], "vllm", "hang", 8000)
    container = containers_of(mock.name)["thor"]
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, "thor-thor-qwen3-32b", seconds=180)
        time.sleep(3)
        assert answer.running()
        docker("exec", container, "ip", "link", "set", "eth0", "down")
        try:
            assert answer.result() in CLEAR
        finally:
            docker("restart", "--time=2", container)
    eventually(back(release, api, THOR), 150)


def test_a_node_that_was_off_serves_again_when_it_is_on(release, api, ask, mock) -> None:
    container = containers_of(mock.name)["thor"]
    docker("stop", "--time=2", container)
    try:
        assert ask("gpt-oss-120b") == 200
        # by its fallback, once a connection to a machine that does not answer has timed out
        eventually(answers(ask, "qwen3-32b"))
    finally:
        docker("start", container)

    def serves() -> None:
        assert ask("thor-thor-qwen3-32b") == 200

    eventually(serves, 150)
    eventually(back(release, api, THOR))


def test_requests_are_answered_while_the_api_server_is_away(release, api, ask, mock) -> None:
    before = uids(api, release)
    docker("exec", f"{mock.name}-control-plane", "pkill", "-9", "kube-apiserver")
    assert {ask("gpt-oss-120b") for _ in range(5)} == {200}

    def api_server() -> dict[str, str]:
        try:
            return uids(api, release)
        except (kubernetes.ApiException, OSError, HTTPError) as error:
            raise AssertionError(error) from None

    assert eventually(api_server) == before


def test_without_dns_new_requests_fail_clearly_and_recover(release, api, ask) -> None:
    apps = kubernetes.AppsV1Api(api.api_client)
    scale(apps, 0)
    try:

        def gone() -> None:
            assert not api.list_namespaced_pod("kube-system", label_selector="k8s-app=kube-dns").items

        eventually(gone)
        seen = {ask("qwen3-coder-30b") for _ in range(5)}
        assert seen - {200} <= CLEAR
    finally:
        scale(apps, 2)
    eventually(answers(ask, "qwen3-coder-30b"))


def scale(apps: Any, replicas: int) -> None:
    apps.patch_namespaced_deployment_scale("coredns", "kube-system", {"spec": {"replicas": replicas}})


def test_a_missing_model_folder_is_reported_and_comes_back(release, api, ask, mock) -> None:
    container = containers_of(mock.name)["thor"]
    docker("exec", container, "mount", "-t", "tmpfs", "none", "/data/ai-models")
    try:
        kill(release, api, THOR)

        def said() -> str:
            pod = pods(api, release).get(THOR)
            assert pod
            text = kubectl(release, "logs", pod.metadata.name, "--container=vllm", "--tail=5", check=False)
            assert "no config.json there" in text
            return text

        assert "/data/ai-models/hf/qwen3-32b-nvfp4" in eventually(said)
        assert ask("gpt-oss-120b") == 200
    finally:
        docker("exec", container, "umount", "/data/ai-models")
        kill(release, api, THOR)
    eventually(back(release, api, THOR))


def test_a_deleted_secret_stops_new_pods_only(release, api, ask) -> None:
    secret = api.read_namespaced_secret("ai-server-keys", release.namespace)
    api.delete_namespaced_secret("ai-server-keys", release.namespace)
    try:
        assert ask("gpt-oss-120b") == 200
        kill(release, api, ROCM)

        def waits() -> None:
            pod = pods(api, release).get(ROCM)
            assert pod
            [status] = pod.status.container_statuses or [None]
            assert status
            assert status.state.waiting.reason == "CreateContainerConfigError"

        eventually(waits)
    finally:
        secret.metadata.resource_version = secret.metadata.uid = None
        api.create_namespaced_secret(release.namespace, secret)
    eventually(back(release, api, ROCM))
    assert ask("gpt-oss-120b") == 200


def test_a_full_disk_costs_new_chats_and_nothing_else(release, api, ask, mock) -> None:
    claim = api.read_namespaced_persistent_volume_claim("ai-server-openwebui", release.namespace)
    folder = f"/var/local-path-provisioner/{claim.spec.volume_name}_{release.namespace}_ai-server-openwebui"
    container = containers_of(mock.name)["rpi2"]
    docker("exec", container, "mount", "-t", "tmpfs", "-o", "size=64k,mode=0777", "none", folder)
    try:
        kill(release, api, GATEWAY)
        eventually(back(release, api, GATEWAY))
        pod = pods(api, release)[GATEWAY]
        fill = "dd if=/dev/zero of=/app/backend/data/full bs=1k 2>&1 | tail -1; true"
        assert "No space left" in inside(
            release,
            pod,
            "openwebui",
            "sh",
            "-c",
            fill + "; dd if=/dev/zero of=/app/backend/data/more bs=1k count=1 2>&1; true",
        )
        assert ask("gpt-oss-120b") == 200
        assert ready(pods(api, release)[GATEWAY])
    finally:
        docker("exec", container, "umount", "--lazy", folder)
        kill(release, api, GATEWAY)
    eventually(back(release, api, GATEWAY))
    assert "full" not in inside(release, pods(api, release)[GATEWAY], "openwebui", "ls", "/app/backend/data")
