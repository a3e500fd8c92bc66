"""A failed upgrade rolls back by itself and reports why; everything that it did not change keeps working."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
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


def last_words(release: Release, api: Any, workload: str, init: str) -> Callable[[], str]:
    """Reads the message of an init container that stopped its pod."""

    def said() -> str:
        every = pods(api, release)[workload].status.init_container_statuses or []
        statuses = {status.name: status for status in every}
        ended = statuses[init].state.terminated or statuses[init].last_state.terminated
        assert ended
        assert ended.exit_code == 1
        return str(ended.message)

    return said


def test_a_pod_that_cannot_open_its_gpu_says_what_to_write(release, api, nodes_of) -> None:
    release.install_or_upgrade(nodes_of.files, values={"rocm": {"nodes": {"aimax": {"renderGroup": 992}}}}, wait=False)
    try:
        said = eventually(last_words(release, api, "ai-server-rocm-aimax", "device-check"))
        assert "cannot open /dev/kfd: set renderGroup to what 'stat -c %g /dev/dri/renderD128' prints" in said
    finally:
        release.install_or_upgrade(nodes_of.files)


@pytest.fixture
def huge(mock: Any) -> Iterator[str]:
    """A model file that no machine has memory for; it takes no space on the disk."""
    file: Path = mock.model_folder / "gguf" / "huge.gguf"
    with file.open("wb") as content:
        content.truncate(4 * 2**40)
    yield "gguf/huge.gguf"
    file.unlink()


def test_models_that_do_not_fit_stop_their_pod_before_they_hang_the_machine(release, api, nodes_of, huge) -> None:
    thor = uids(api, release)["ai-server-thor-thor"]
    release.install_or_upgrade(nodes_of.files, values={"rocm": {"models": {"bge-m3": {"file": huge}}}}, wait=False)
    try:
        said = eventually(last_words(release, api, "ai-server-rocm-aimax", "memory-check"), seconds=150)
        assert "short: bge-m3 (4096 GiB), gpt-oss-120b" in said
        assert "and node aimax has" in said
        assert "memoryCheck: false skips this check" in said
        assert uids(api, release)["ai-server-thor-thor"] == thor
    finally:
        release.install_or_upgrade(nodes_of.files)


def test_what_fits_passes_the_check_and_says_what_it_needs(release, api) -> None:
    for workload in ("ai-server-rocm-aimax", "ai-server-thor-thor"):
        name = pods(api, release)[workload].metadata.name
        assert "GiB available" in kubectl(release, "logs", name, "--container=memory-check")


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
