"""The kind cluster itself: nodes as in the file, GPUs from a device plugin, and its limits."""

import json
from typing import Any

import pytest
import yaml

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import read_facts
from ai_server.lab.clusters.kind_config import nodes_of as containers_of
from ai_server.lab.containers.engine import docker
from ai_server.lab.containers.images import images
from tests.cluster.common import eventually, inside, kubectl, pods, ready, uids

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")
NODES = ["aimax", "rpi2", "thor"]


def written(nodes_of) -> dict[str, Any]:
    items = yaml.safe_load(nodes_of.cluster.read_text())["items"]
    return {item["metadata"]["name"]: item for item in items if item["kind"] == "Node"}


def workers(api) -> dict[str, Any]:
    return {node.metadata.name: node for node in api.list_node().items if node.metadata.name in NODES}


def test_the_nodes_that_a_release_needs_are_there_with_their_labels_and_taints(api, nodes_of) -> None:
    assert sorted(workers(api)) == NODES
    for name, node in workers(api).items():
        wanted = written(nodes_of)[name]
        labels = wanted["metadata"]["labels"].items() - {("kubernetes.io/arch", "arm64")}
        assert labels <= node.metadata.labels.items()
        taints = [(taint.key, taint.value, taint.effect) for taint in node.spec.taints or []]
        assert taints == [
            (taint["key"], taint["value"], taint["effect"]) for taint in wanted.get("spec", {}).get("taints", [])
        ]


def test_architecture_and_memory_are_the_hosts_and_are_tested_on_kwok(api, nodes_of) -> None:
    thor, wanted = workers(api)["thor"], written(nodes_of)["thor"]
    assert thor.status.node_info.architecture != wanted["metadata"]["labels"]["kubernetes.io/arch"]
    assert thor.status.allocatable["memory"] != wanted["status"]["allocatable"]["memory"]
    assert {node.status.allocatable["memory"] for node in workers(api).values()} == {thor.status.allocatable["memory"]}


def test_gpus_are_offered_where_the_file_has_them(api) -> None:
    found = {
        name: {key: value for key, value in node.status.allocatable.items() if "/gpu" in key}
        for name, node in workers(api).items()
    }
    assert found == {"aimax": {"amd.com/gpu": "1"}, "thor": {"nvidia.com/gpu": "1"}, "rpi2": {}}


def test_a_container_gets_the_amd_devices_open_to_the_render_group(release, api) -> None:
    pod = pods(api, release)["ai-server-rocm-aimax"]
    said = inside(release, pod, "llama-server", "stat", "-c", "%n %F %g %a", "/dev/kfd", "/dev/dri/renderD128")
    assert said.splitlines() == [
        "/dev/kfd character special file 991 660",
        "/dev/dri/renderD128 character special file 991 660",
    ]


def test_a_container_that_requests_an_nvidia_gpu_learns_which_one(api, release) -> None:
    name = "asks-for-a-gpu"
    container = {
        "name": "a",
        "image": "localhost/ai-server/mock:1",
        "command": ["sh", "-c", "echo devices=$NVIDIA_VISIBLE_DEVICES"],
        "resources": {"limits": {"nvidia.com/gpu": "1"}},
    }
    spec = {"containers": [container], "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}]}
    api.create_namespaced_pod(release.namespace, {"metadata": {"name": name}, "spec": spec})

    def said() -> str:
        assert api.read_namespaced_pod(name, release.namespace).status.phase == "Succeeded"
        return kubectl(release, "logs", name)

    try:
        assert eventually(said) == "devices=0\n"
    finally:
        api.delete_namespaced_pod(name, release.namespace)


GPU_FILES = ("--device", "/dev/null:/dev/kfd", "--device", "/dev/null:/dev/dri/renderD128")


def test_the_device_check_passes_where_llama_server_lists_the_gpu_and_nowhere_else(release, api) -> None:
    check, _ = pods(api, release)["ai-server-rocm-aimax"].spec.init_containers
    run = ("run", "--rm", *GPU_FILES, "--entrypoint", "sh")
    assert "ROCm0: mocked GPU" in docker(*run, images()["llama-server"].reference, *check.command[1:])
    with pytest.raises(UserError, match=r"does not see ROCm0(?s:.*)\(none\)"):
        docker(*run, images()["llama-cpp"].reference, *check.command[1:])


def test_llama_server_does_not_start_without_the_configured_gpu(release) -> None:
    first = 'said=$(/usr/bin/llama-server --device ROCm0 2>&1); echo "$? ${said%%usage*}"'
    said = docker("run", "--rm", "--entrypoint", "sh", images()["llama-cpp"].reference, "-c", first)
    assert said.startswith("1 ")
    assert "invalid device: ROCm0" in said


def test_only_a_container_that_asks_for_it_sees_the_thors_gpu(release, api) -> None:
    pod = pods(api, release)["ai-server-thor-thor"]
    look = ("sh", "-c", "test -c /dev/nvmap && echo sees || echo blind")
    found = {name: inside(release, pod, name, *look).strip() for name in ("vllm", "comfyui", "speech")}
    assert found == {"vllm": "sees", "comfyui": "sees", "speech": "blind"}


def test_images_are_only_in_the_nodes_that_need_them(mock) -> None:
    listed = {
        node: docker("exec", container, "ctr", "--namespace", "k8s.io", "images", "list", "--quiet")
        for node, container in containers_of(mock.name).items()
    }
    assert {node for node, names in listed.items() if "ai-server/litellm:" in names} == {"rpi2"}
    assert {node for node, names in listed.items() if "ai-server/llama-server:" in names} == {"aimax"}
    # memory-check runs in the mock on aimax
    assert {node for node, names in listed.items() if "ai-server/mock:" in names} == {"aimax", "rpi2", "thor"}


def test_gpus_and_pods_outlive_a_restart_of_the_kubelet(release, api, mock) -> None:
    before = uids(api, release)
    docker("exec", containers_of(mock.name)["aimax"], "systemctl", "restart", "kubelet")

    def back() -> None:
        assert workers(api)["aimax"].status.allocatable.get("amd.com/gpu") == "1"
        assert ready(pods(api, release)["ai-server-rocm-aimax"])

    eventually(back)
    assert uids(api, release) == before


def test_a_second_up_finds_the_running_cluster(mock, nodes_of, api) -> None:
    before = api.read_namespace("kube-system").metadata.uid
    mock.up(read_facts(nodes_of.cluster).only(NODES))
    assert api.read_namespace("kube-system").metadata.uid == before


def test_the_volume_is_made_by_the_default_class_when_a_pod_wants_it(release, api) -> None:
    claim = api.read_namespaced_persistent_volume_claim("ai-server-openwebui", release.namespace)
    assert (claim.status.phase, claim.spec.storage_class_name) == ("Bound", "longhorn")
    assert claim.metadata.annotations["volume.kubernetes.io/selected-node"] == "rpi2"
    assert json.dumps(claim.status.capacity) == '{"storage": "1Gi"}'
