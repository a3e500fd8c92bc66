"""discover writes what the checks read about a cluster, and nothing else."""

import json
from pathlib import Path

import pytest
import yaml

from ai_server import checks
from ai_server.kube.cluster_facts import ClusterFacts, read_facts
from ai_server.kube.discover import as_yaml
from ai_server.reading import profiles
from tests.tools.checks.conftest import Run, run

__all__ = ["run"]

SECRET = "hunter2-do-not-write-this"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "namespace": "n", "annotations": {"a": SECRET}, "labels": {"token": SECRET}},
    "spec": {
        "nodeName": "thor",
        "serviceAccountName": SECRET,
        "containers": [
            {
                "name": "c",
                "image": f"registry.lan/{SECRET}",
                "args": ["--api-key", SECRET],
                "env": [{"name": "KEY", "value": SECRET}, {"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}],
                "resources": {"requests": {"memory": "1Gi"}},
            }
        ],
    },
    "status": {"phase": "Running", "podIP": "10.1.2.3", "hostIP": "192.168.1.9"},
}
NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {
        "name": "thor",
        "labels": {"kubernetes.io/arch": "arm64"},
        "annotations": {"a": SECRET},
        "uid": SECRET,
    },
    "spec": {"providerID": SECRET, "podCIDR": "10.42.0.0/24"},
    "status": {"allocatable": {"memory": "8Gi"}, "addresses": [{"type": "InternalIP", "address": "192.168.1.9"}]},
}


def test_nothing_secret_and_no_address_is_written() -> None:
    text = as_yaml(ClusterFacts("live", {"Node": [NODE], "Pod": [POD]}))
    assert [private for private in (SECRET, "192.168", "10.1.", "10.42") if private in text] == []


def test_what_is_requested_and_shown_stays() -> None:
    items = yaml.safe_load(as_yaml(ClusterFacts("live", {"Node": [NODE], "Pod": [POD]})))["items"]
    [pod] = [item for item in items if item["kind"] == "Pod"]
    [container] = pod["spec"]["containers"]
    assert container["resources"] == {"requests": {"memory": "1Gi"}}
    assert container["env"] == [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]


def test_a_privileged_pod_of_another_release_has_the_gpu_after_discovery_too(run: Run, tmp_path: Path) -> None:
    llama = {"name": "llama-server", "image": "x", "securityContext": {"privileged": True, "runAsUser": 0}}
    other = {**POD, "spec": {"nodeName": "halo", "containers": [llama]}}
    [item] = yaml.safe_load(as_yaml(ClusterFacts("live", {"Pod": [other]})))["items"]
    found = run("rocm: {gpuAccess: privileged}", cluster=f"  - {json.dumps(item)}\n")
    assert [finding.rule for finding in found] == ["cluster/gpu-shared"]


def test_an_init_container_that_stays_is_one_after_discovery() -> None:
    stays = {"name": "log", "image": "x", "restartPolicy": "Always"}
    pod = {**POD, "spec": {**POD["spec"], "initContainers": [stays]}}
    [item] = yaml.safe_load(as_yaml(ClusterFacts("live", {"Pod": [pod]})))["items"]
    assert item["spec"]["initContainers"] == [{"name": "log", "restartPolicy": "Always"}]


NAMESPACE = {
    "metadata": {
        "name": "ai",
        "labels": {"pod-security.kubernetes.io/enforce": "baseline", "team": SECRET},
        "annotations": {"a": SECRET},
    }
}
SLICE = {
    "metadata": {"name": "halo-gpu"},
    "spec": {
        "driver": "gpu.amd.com",
        "nodeName": "halo",
        "pool": {"name": "halo", "generation": 1, "resourceSliceCount": 1},
        "devices": [{"name": "gpu-0", "attributes": {"uuid": {"string": SECRET}, "type": {"string": "amdgpu"}}}],
    },
}


def test_of_a_namespace_only_its_pod_security_stays() -> None:
    [namespace] = yaml.safe_load(as_yaml(ClusterFacts("live", {"Namespace": [NAMESPACE]})))["items"]
    assert namespace["metadata"] == {"name": "ai", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}


def test_of_a_device_its_name_and_kind_stay_without_its_serial_number() -> None:
    [found] = yaml.safe_load(as_yaml(ClusterFacts("live", {"ResourceSlice": [SLICE]})))["items"]
    assert found["spec"]["devices"] == [{"name": "gpu-0", "attributes": {"type": {"string": "amdgpu"}}}]
    assert (found["spec"]["driver"], found["spec"]["nodeName"]) == ("gpu.amd.com", "halo")


def test_whether_an_ingress_class_is_the_default_stays() -> None:
    default = {"ingressclass.kubernetes.io/is-default-class": "true"}
    traefik = {
        "metadata": {"name": "traefik", "annotations": default},
        "spec": {"controller": "traefik.io/c", "parameters": SECRET},
    }
    [found] = yaml.safe_load(as_yaml(ClusterFacts("live", {"IngressClass": [traefik]})))["items"]
    assert (found["metadata"], found["spec"]) == (traefik["metadata"], {"controller": "traefik.io/c"})


def test_kinds_of_which_the_cluster_has_none_are_known_after_discovery(tmp_path: Path) -> None:
    (tmp_path / "found.yaml").write_text(as_yaml(ClusterFacts("live", {"Node": [NODE], "RuntimeClass": [], "Pod": []})))
    facts = read_facts(tmp_path / "found.yaml")
    assert [kind for kind in ("Node", "RuntimeClass", "IngressClass") if facts.knows(kind)] == ["Node", "RuntimeClass"]


@pytest.mark.parametrize("name", sorted(profiles.profiles()))
def test_what_was_discovered_is_judged_as_the_cluster_itself(name: str, tmp_path: Path) -> None:
    profile = profiles.profile(name)
    facts = read_facts(profile.cluster)
    (tmp_path / "found.yaml").write_text(as_yaml(facts))
    again = checks.run(profile.files, read_facts(tmp_path / "found.yaml"))
    assert [str(finding) for finding in again.findings] == [
        str(finding) for finding in checks.run(profile.files, facts).findings
    ]
