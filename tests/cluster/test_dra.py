"""Claims on real API servers and schedulers: kwok with devices written by hand, kind with Kubernetes' example driver."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client as kubernetes

from ai_server import checks
from ai_server.kube.cluster_facts import live_facts
from ai_server.lab.clusters.kind_config import nodes_of as containers_of
from ai_server.lab.containers import images, load
from ai_server.lab.containers.engine import docker
from ai_server.paths import CI
from tests.at import as_text
from tests.cluster.common import NAMESPACE, eventually, kubectl, pods, ready, settle

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kwok", "kind")
DRIVER = CI / "kind" / "dra-example-driver.yaml"
CLASS = "gpu.example.com"
THOR = "ai-server-thor-thor"
# the device of the example driver is only a name: the mocks get their device file from the nvidia runtime as before
MOCK = {"extraEnv": {"NVIDIA_VISIBLE_DEVICES": "all", "MOCK_GPU": "env"}}
DRA = {"gpuAccess": "dra", "gpuDeviceClass": CLASS, "pods": "separate", "vllm": MOCK, "comfyui": MOCK}
SLICE = {
    "apiVersion": "resource.k8s.io/v1",
    "kind": "ResourceSlice",
    "metadata": {"name": "thor-gpu"},
    "spec": {
        "driver": CLASS,
        "nodeName": "thor",
        "pool": {"name": "thor", "generation": 1, "resourceSliceCount": 1},
        "devices": [{"name": "gpu-0"}],
    },
}


@pytest.fixture(scope="module")
def resources(api: Any) -> Any:
    """The API of claims and devices."""
    return kubernetes.ResourceV1Api(api.api_client)


@pytest.fixture(scope="module")
def driver(release: Any, mock: Any, backend: str, resources: Any) -> Iterator[None]:
    """The driver of gpu.example.com on thor; on kwok, the device that it would list."""
    if backend == "kind":
        reference = images.ensure(["dra-example-driver"])["dra-example-driver"]
        load.into_nodes(containers_of(mock.name), {"thor": [reference]})
    kubectl(release, "apply", f"--filename={DRIVER}", "--namespace=kube-system")
    if backend == "kwok":
        kubectl(release, "apply", "--filename=-", stdin=json.dumps(SLICE))

    def offered() -> None:
        slices = [item.spec for item in resources.list_resource_slice().items if item.spec.driver == CLASS]
        assert [(item.node_name, len(item.devices)) for item in slices] == [("thor", 1)]

    eventually(offered)
    yield
    kubectl(release, "delete", f"--filename={DRIVER}", "--namespace=kube-system")
    kubectl(release, "delete", "resourceslices", "--all")


@pytest.fixture(scope="module")
def claimed(driver: None, release: Any, api: Any, nodes_of: Any) -> Iterator[Any]:
    """The release with a claim for thor; afterwards as it was."""
    release.install_or_upgrade(nodes_of.files, values={"thor": DRA})
    settle(release, api)
    yield release
    release.install_or_upgrade(nodes_of.files)


def only_claim(resources: Any) -> Any:
    """The claim, once that of the release before is gone."""

    def found() -> Any:
        claims = resources.list_namespaced_resource_claim(NAMESPACE).items
        assert len(claims) == 1, [claim.metadata.name for claim in claims]
        return claims[0]

    return eventually(found)


def test_pods_of_a_node_share_one_device(claimed: Any, api: Any, resources: Any) -> None:
    claim = only_claim(resources)
    [device] = claim.status.allocation.devices.results
    found = pods(api, claimed)
    users = {found[f"{THOR}-{program}"].metadata.name for program in ("vllm", "comfyui")}
    assert (device.driver, device.pool) == (CLASS, "thor")
    assert {user.name for user in claim.status.reserved_for} == users
    assert all(ready(found[f"{THOR}-{program}"]) for program in ("vllm", "comfyui", "speech"))


def test_the_live_cluster_answers_whether_its_devices_suffice(
    claimed: Any, mock: Any, nodes_of: Any, tmp_path: Path
) -> None:
    facts = live_facts(str(mock.kubeconfig), namespace=NAMESPACE)

    def found(**values: Any) -> list[tuple[str, str]]:
        (tmp_path / "thor.yaml").write_text(as_text({"thor": {**DRA, **values}}))
        result = checks.run([*nodes_of.files, tmp_path / "thor.yaml"], facts, namespace=NAMESPACE)
        return [(finding.rule, finding.fix) for finding in result.findings if "device" in finding.rule]

    assert found() == []
    assert found(gpuCount=2) == [("cluster/no-device", "set gpuCount: 1")]
    assert found(gpuDeviceClass="gpu.exampel.com") == [("cluster/no-such-device-class", f"use {CLASS}")]


@pytest.mark.backends("kind")
def test_the_kubelet_has_the_claim_prepared_by_the_driver(claimed: Any, mock: Any, resources: Any) -> None:
    claim = only_claim(resources)
    written = docker("exec", containers_of(mock.name)["thor"], "ls", "/var/run/cdi")
    assert f"{CLASS}-gpu_{claim.metadata.uid}" in written


def test_another_count_is_another_claim_that_waits_for_devices(
    claimed: Any, api: Any, nodes_of: Any, resources: Any
) -> None:
    before = only_claim(resources)
    claimed.install_or_upgrade(nodes_of.files, values={"thor": {**DRA, "gpuCount": 2}}, wait=False)

    def waiting() -> None:
        claim = only_claim(resources)
        assert claim.metadata.name != before.metadata.name
        assert claim.status.allocation is None
        assert pods(api, claimed)[f"{THOR}-vllm"].status.phase == "Pending"

    eventually(waiting)
    claimed.install_or_upgrade(nodes_of.files, values={"thor": DRA})
    assert only_claim(resources).metadata.name == before.metadata.name


def test_a_pod_of_a_pool_gets_a_claim_of_its_own(claimed: Any, api: Any, nodes_of: Any, resources: Any) -> None:
    pool = {"pods": "together", "nodes": {"thor": {"selector": {"kubernetes.io/hostname": "thor"}}}}
    claimed.install_or_upgrade(nodes_of.files, values={"thor": {**DRA, **pool}})
    settle(claimed, api)
    claim = only_claim(resources)
    name = {pod.metadata.name for owner, pod in pods(api, claimed).items() if owner.startswith(THOR)}
    assert {owner.name for owner in claim.metadata.owner_references} == name
    assert {user.name for user in claim.status.reserved_for} == name
