"""A failed upgrade rolls back by itself and reports why; everything that it did not change keeps working."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ai_server.errors import UserError
from ai_server.helm.release import Release
from tests.cluster.common import NAMESPACE, eventually, gateway_client, kubectl, pods, ready, uids

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")
TIMEOUT_SECONDS = 30  # also for the way back
FAILING: dict[str, tuple[dict[str, Any], str]] = {
    "a model file that is not there": (
        {"thor": {"nodes": {"thor": {"vllm": {"model": "hf/qwen3-not-there"}}}}},
        "ai-server-thor-thor",
    ),
    "a program that never gets ready": (
        {"thor": {"comfyui": {"extraEnv": {"MOCK_START_SECONDS": "600"}}}},
        "ai-server-thor-thor",
    ),
}


@pytest.fixture
def afterwards(release: Release, nodes_of: Any) -> Iterator[None]:
    """Restores the release after each test."""
    yield
    release.install_or_upgrade(nodes_of.files)


@pytest.mark.usefixtures("afterwards")
@pytest.mark.parametrize("what", FAILING)
def test_a_failed_upgrade_is_rolled_back(release, api, nodes_of, what: str) -> None:
    values, workload = FAILING[what]
    before = uids(api, release)
    with pytest.raises(UserError, match=f"Deployment/{NAMESPACE}/{workload} not ready"):
        release.install_or_upgrade(nodes_of.files, values=values, rollback=True, timeout_seconds=TIMEOUT_SECONDS)
    assert [revision["status"] for revision in release.history()][-2:] == ["failed", "deployed"]

    def serves_again() -> None:
        assert all(ready(pod) for pod in pods(api, release).values())
        assert workload in pods(api, release)

    eventually(serves_again)
    after = uids(api, release)
    assert {name for name in after if after[name] != before[name]} == {workload}
    with gateway_client(release) as ai:
        assert ai.completions.create(model="qwen3-32b", prompt="x", max_tokens=2).choices


def test_a_pod_that_cannot_open_its_gpu_says_what_to_write(release, api, nodes_of) -> None:
    release.install_or_upgrade(nodes_of.files, values={"rocm": {"nodes": {"aimax": {"renderGroup": 992}}}}, wait=False)

    def said() -> str:
        pod = pods(api, release).get("ai-server-rocm-aimax")
        assert pod
        [status] = pod.status.init_container_statuses or [None]
        ended = status and (status.state.terminated or status.last_state.terminated)
        assert ended
        return ended.message

    try:
        assert "cannot open /dev/kfd: set renderGroup to what 'stat -c %g /dev/dri/renderD128' prints" in eventually(
            said
        )
    finally:
        release.install_or_upgrade(nodes_of.files)


def test_a_pod_without_its_runtime_class_does_not_run_on_the_cpu_and_say_nothing(release, api, nodes_of) -> None:
    release.install_or_upgrade(nodes_of.files, values={"thor": {"pod": {"runtimeClassName": ""}}}, wait=False)

    def said() -> str:
        pod = pods(api, release).get("ai-server-thor-thor")
        assert pod
        assert not pod.spec.runtime_class_name
        return json.dumps(kubectl(release, "logs", pod.metadata.name, "--container=vllm", "--tail=3", check=False))

    def no_gpu() -> None:
        assert "no GPU can be seen" in said()

    try:
        eventually(no_gpu)
    finally:
        release.install_or_upgrade(nodes_of.files)
