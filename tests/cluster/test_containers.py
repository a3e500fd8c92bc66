"""Containers run as rendered: users, capabilities, read-only roots, mounts, environment."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.common import inside, kubectl, pods

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")
SECCOMP_FILTER, NOTHING = "2", "0000000000000000"


@pytest.fixture
def running(release, api) -> list[tuple[Any, Any, dict[str, str]]]:
    """Every container of the release, with its pod and the kernel's status of its first process."""
    found = []
    for pod in pods(api, release).values():
        for container in pod.spec.containers:
            said = inside(release, pod, container.name, "cat", "/proc/1/status").splitlines()
            lines = dict(line.split(":", 1) for line in said)
            found.append((pod, container, {key: value.strip() for key, value in lines.items()}))
    assert len(found) == 6
    return found


def test_every_process_is_the_user_that_was_rendered(running) -> None:
    for _, container, process in running:
        wanted = container.security_context
        assert set(process["Uid"].split()) == {str(wanted.run_as_user)}
        assert set(process["Gid"].split()) == {str(wanted.run_as_group)}
        assert wanted.run_as_user != 0


def test_no_process_has_or_can_gain_a_capability(running) -> None:
    for _, _, process in running:
        assert {process[field] for field in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {NOTHING}
        assert (process["NoNewPrivs"], process["Seccomp"]) == ("1", SECCOMP_FILTER)


def test_llama_server_is_in_the_render_group(release, api) -> None:
    pod = pods(api, release)["ai-server-rocm-aimax"]
    assert "991" in inside(release, pod, "llama-server", "id", "-G").split()


def test_no_root_file_system_can_be_written_and_tmp_can(release, running) -> None:
    for pod, container, _ in running:
        write = "touch /probe 2>/dev/null && echo root; touch /tmp/probe && rm /tmp/probe && echo tmp"
        assert inside(release, pod, container.name, "sh", "-c", write) == "tmp\n"


def test_models_are_mounted_and_cannot_be_written(release, api) -> None:
    pod = pods(api, release)["ai-server-rocm-aimax"]
    look = "ls /data/ai-models/gguf; touch /data/ai-models/probe 2>&1"
    said = kubectl(release, "exec", pod.metadata.name, "--", "sh", "-c", look, check=False)
    assert "SmolLM2-135M-Instruct.Q4_1.gguf" in said
    assert "Read-only file system" in said


def test_every_variable_is_as_rendered(release, running) -> None:
    for pod, container, _ in running:
        env = dict(
            line.split("=", 1) for line in inside(release, pod, container.name, "env").splitlines() if "=" in line
        )
        plain = {variable.name: variable.value for variable in container.env or [] if variable.value is not None}
        assert plain.items() <= env.items()
        assert all(env.get(variable.name) for variable in container.env or [] if variable.value_from)
        assert [name for name in env if name.endswith("_SERVICE_HOST") and not name.startswith("KUBERNETES")] == []


def test_no_container_has_a_service_accounts_token(release, running) -> None:
    for pod, container, _ in running:
        look = "ls /var/run/secrets/kubernetes.io 2>/dev/null; true"
        assert inside(release, pod, container.name, "sh", "-c", look) == ""


def test_comfyui_is_given_no_key(release, api) -> None:
    said = inside(release, pods(api, release)["ai-server-thor-thor"], "comfyui", "env")
    assert "KEY" not in said
    assert "PASSWORD" not in said


def on_gpu_nodes(api) -> Iterator[str]:
    for pod in api.list_pod_for_all_namespaces().items:
        if pod.spec.node_name in ("aimax", "thor") and pod.metadata.namespace != "kube-system":
            yield f"{pod.spec.node_name} {pod.metadata.labels.get('app.kubernetes.io/component')}"


def test_nothing_is_on_a_gpu_node_but_its_own(release, api) -> None:
    assert sorted(on_gpu_nodes(api)) == ["aimax rocm", "thor thor"]
