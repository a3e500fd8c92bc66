"""Rules for every pod of every profile. Exemptions are a dict from container to reason; a stale one fails."""

from collections.abc import Iterator
from typing import Any

import yaml

from ai_server.helm import render
from ai_server.kube.cluster_facts import read_facts
from ai_server.kube.manifests import Manifests, Pod
from ai_server.kube.nodes import labels, selected
from ai_server.reading import profiles
from ai_server.reading.profiles import Profile

CHARTS_OWN = {
    *("llama-server", "device-check", "vllm", "comfyui", "speech", "folders", "litellm", "openwebui"),
    *("memory-check", "ask-every-route", "migrate"),
}
Container = tuple[Pod, dict[str, Any]]


def containers(manifests: Manifests) -> Iterator[Container]:
    for pod in manifests.pods():
        for container in pod.containers():
            if container["name"] in CHARTS_OWN:
                yield pod, container


def exempt(found: set[str], reasons: dict[str, str]) -> None:
    """Fails if a container differs without a reason."""
    assert found - set(reasons) == set()


def everywhere() -> list[Manifests]:
    return [render.render(profiles.load(profile.files).values) for profile in profiles.profiles().values()]


ROOT = {"folders": "makes folders on the node, where new ones belong to root; it has no capability and no secret"}
PRIVILEGED = {
    "llama-server": "gpuAccess: privileged, for nodes without a device plugin",
    "device-check": "the same",
    "comfyui": "the same",
}
NO_LIVENESS = {
    "comfyui": "loading a large model stalls its event loop for longer than a probe should wait",
    "device-check": "an init container",
    "folders": "an init container",
    "memory-check": "an init container",
    "ask-every-route": "runs once, for helm test",
    "migrate": "runs once, before an install or an upgrade",
}


def test_every_container_of_the_chart_is_met_somewhere() -> None:
    assert {container["name"] for manifests in everywhere() for _, container in containers(manifests)} == CHARTS_OWN


def test_no_container_runs_as_root(manifests: Manifests) -> None:
    found = {
        container["name"] for _, container in containers(manifests) if container["securityContext"]["runAsUser"] == 0
    }
    exempt(found, ROOT)
    assert all(pod.spec["securityContext"]["runAsNonRoot"] for pod in manifests.pods())


def test_every_root_file_system_is_read_only(manifests: Manifests) -> None:
    assert all(container["securityContext"]["readOnlyRootFilesystem"] for _, container in containers(manifests))


def test_no_container_has_capabilities_or_can_gain_any(manifests: Manifests) -> None:
    loose = set()
    for _, container in containers(manifests):
        security = container["securityContext"]
        if security.get("privileged"):
            loose.add(container["name"])
        else:
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert security["allowPrivilegeEscalation"] is False
    exempt(loose, PRIVILEGED)


def test_no_exemption_is_stale() -> None:
    every = [container for manifests in everywhere() for _, container in containers(manifests)]
    assert {container["name"] for container in every if container["securityContext"]["runAsUser"] == 0} == set(ROOT)
    assert {container["name"] for container in every if container["securityContext"].get("privileged")} == set(
        PRIVILEGED
    )
    assert {container["name"] for container in every if "livenessProbe" not in container} == set(NO_LIVENESS)


def test_every_pod_is_shut_off_from_the_api_server_and_service_variables(manifests: Manifests) -> None:
    for pod in manifests.pods():
        assert pod.spec["automountServiceAccountToken"] is False
        assert pod.spec["enableServiceLinks"] is False
        assert pod.spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_no_secret_is_in_arguments_or_config_maps(manifests: Manifests) -> None:
    text = yaml.safe_dump([*manifests.of_kind("ConfigMap"), *(c.get("args") for _, c in containers(manifests))])
    assert "sk-" not in text
    assert manifests.of_kind("Secret") == []


def test_every_container_requests_cpu_and_memory(manifests: Manifests) -> None:
    for pod in manifests.pods():
        for container in pod.containers(init=False):
            if container["name"] in CHARTS_OWN:
                assert {"cpu", "memory"} <= container["resources"]["requests"].keys()


def test_every_server_is_probed(manifests: Manifests) -> None:
    quiet = {container["name"] for _, container in containers(manifests) if "livenessProbe" not in container}
    exempt(quiet, NO_LIVENESS)


def test_every_mount_has_its_volume_and_every_volume_its_mount(manifests: Manifests) -> None:
    for pod in manifests.pods():
        volumes = {volume["name"] for volume in pod.spec["volumes"]}
        mounted = {mount["name"] for container in pod.containers() for mount in container.get("volumeMounts") or []}
        assert mounted <= volumes
        # custom volumes may be for custom containers
        assert volumes - mounted <= {"certificates"}


def test_no_two_volumes_mounts_or_ports_of_a_pod_are_called_the_same(manifests: Manifests) -> None:
    for pod in manifests.pods():
        names = [volume["name"] for volume in pod.spec["volumes"]]
        ports = [port["containerPort"] for container in pod.containers() for port in container.get("ports") or []]
        assert len(names) == len(set(names))
        assert len(ports) == len(set(ports))


def test_model_files_are_read_only_everywhere(manifests: Manifests) -> None:
    for _, container in containers(manifests):
        for mount in container.get("volumeMounts") or []:
            assert mount["name"] != "models" or mount["readOnly"]


def test_nothing_but_its_own_pods_goes_to_a_gpu_node(profile: Profile, manifests: Manifests) -> None:
    nodes = [node for node in read_facts(profile.cluster).of_kind("Node") if node.get("spec", {}).get("taints")]
    for pod in manifests.pods():
        if pod.labels["app.kubernetes.io/component"] in ("litellm", "openwebui", "migration", "test"):
            tolerated = {toleration.get("key") for toleration in pod.spec.get("tolerations") or []}
            assert not tolerated & {"rocm-inference", "cuda-inference"}
            continue
        taints = {"rocm": "rocm-inference", "thor": "cuda-inference", "gpu": "none"}
        component = taints[pod.labels["app.kubernetes.io/component"]]
        for node in selected(pod, nodes):
            assert {taint["key"] for taint in node["spec"]["taints"]} == {component}, labels(node)
