"""Volumes of a node: the model files, shared memory, and ComfyUI's custom nodes."""

import json
from typing import Any

import pytest
import yaml

from ai_server.kube.manifests import Manifests
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR, container

HALO, THOR_POD = "ai-server-rocm-halo", "ai-server-thor-thor"
CLAIM = {"persistentVolumeClaim": {"claimName": "models"}}
NFS = {"nfs": {"server": "nas.lan", "path": "/models"}}
FOLDER = {"hostPath": {"path": "/data/ai-models", "type": "Directory"}}
NO_OTHERS = "thor: {vllm: {enabled: false}, speech: {enabled: false}}"
PROGRAMS = "thor: {llamacpp: {enabled: true}, models: {chat: {file: gguf/chat.gguf}}}"


def models_volume(manifests: Manifests, pod: str = HALO) -> dict[str, Any]:
    [volume] = [volume for volume in manifests.pod(pod).spec["volumes"] if volume["name"] == "models"]
    return {key: value for key, value in volume.items() if key != "name"}


def mounts(manifests: Manifests, pod: str, name: str) -> dict[str, dict[str, Any]]:
    """The mount of a volume, by the name of each container that has it."""
    return {
        container["name"]: mount
        for container in manifests.pod(pod).containers()
        for mount in container.get("volumeMounts") or []
        if mount["name"] == name
    }


@pytest.mark.parametrize(
    "source",
    [
        CLAIM,
        NFS,
        {"image": {"reference": "registry.lan/models:1", "pullPolicy": "IfNotPresent"}},
        {"csi": {"driver": "smb.csi.k8s.io", "volumeAttributes": {"source": "//nas/models"}}},
        {"ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadOnlyMany"]}}}},
    ],
    ids=lambda source: next(iter(source)),
)
def test_any_volume_can_hold_the_models(rendered: Rendered, source: dict[str, Any]) -> None:
    manifests = rendered(ROCM, at("global.modelsVolume", source))
    assert models_volume(manifests) == source
    mount = {"name": "models", "mountPath": "/data/ai-models", "readOnly": True}
    assert mounts(manifests, HALO, "models") == {"llama-server": mount, "memory-check": mount}


def test_the_most_specific_volume_replaces_the_others(rendered: Rendered) -> None:
    component = at("rocm.modelsVolume", NFS)
    node = at("rocm.nodes.halo.modelsVolume", FOLDER)
    everywhere = at("global.modelsVolume", CLAIM)
    assert models_volume(rendered(ROCM, everywhere)) == CLAIM
    assert models_volume(rendered(ROCM, everywhere, component)) == NFS
    assert models_volume(rendered(ROCM, everywhere, component, node)) == FOLDER


@pytest.mark.parametrize(("more", "expected"), [(CLAIM, CLAIM), ({}, FOLDER)], ids=["another", "the folder"])
def test_null_removes_the_source_of_an_earlier_file(rendered: Rendered, more: Any, expected: Any) -> None:
    for section in ("global", "rocm"):
        earlier, later = at(f"{section}.modelsVolume", NFS), at(f"{section}.modelsVolume", {"nfs": None, **more})
        assert models_volume(rendered(ROCM, earlier, later)) == expected


def test_the_volume_of_one_component_leaves_the_others_their_folder(rendered: Rendered) -> None:
    manifests = rendered(ROCM, THOR, at("rocm.modelsVolume", CLAIM))
    assert (models_volume(manifests), models_volume(manifests, THOR_POD)) == (CLAIM, FOLDER)


def test_every_program_reads_the_same_folder_of_the_volume(rendered: Rendered) -> None:
    manifests = rendered(THOR, PROGRAMS, at("thor.modelsVolume", CLAIM), at("thor.modelsSubPath", "lab: a #1"))
    found = mounts(manifests, THOR_POD, "models")
    assert found.keys() == {"llama-server", "vllm", "comfyui", "speech", "memory-check"}
    assert {mount["subPath"] for mount in found.values()} == {"lab: a #1"}


@pytest.mark.parametrize(
    ("node", "expected"),
    [({}, "all"), ({"modelsSubPath": "own"}, "own"), ({"modelsVolume": NFS}, None)],
    ids=["of the component", "of the node", "another volume"],
)
def test_the_folder_belongs_to_the_section_with_the_volume(rendered: Rendered, node: Any, expected: Any) -> None:
    manifests = rendered(
        ROCM, at("rocm.modelsVolume", CLAIM), at("rocm.modelsSubPath", "all"), at("rocm.nodes.halo", node)
    )
    assert mounts(manifests, HALO, "models")["llama-server"].get("subPath") == expected


@pytest.mark.parametrize(
    ("path", "name"),
    [("thor", "llama-server"), ("thor.vllm", "vllm"), ("thor.comfyui", "comfyui"), ("thor.speech", "speech")],
)
def test_each_program_can_have_shared_memory_of_its_own(rendered: Rendered, path: str, name: str) -> None:
    manifests = rendered(THOR, PROGRAMS, at(f"{path}.shmSize", "3Gi"))
    [mount] = [mount for mount in container(manifests, THOR_POD, name)["volumeMounts"] if "shm" in mount["name"]]
    volume = {"name": mount["name"], "emptyDir": {"medium": "Memory", "sizeLimit": "3Gi"}}
    assert mount["mountPath"] == "/dev/shm"
    assert volume in manifests.pod(THOR_POD).spec["volumes"]


def test_without_a_size_a_program_has_the_shared_memory_of_the_container_runtime(rendered: Rendered) -> None:
    pod = rendered(THOR, PROGRAMS, 'thor: {vllm: {shmSize: ""}}').pod(THOR_POD)
    assert "shm" not in json.dumps(pod.spec)


@pytest.mark.parametrize("path", ["/srv/custom-nodes", "/srv/a: b #1"])
def test_custom_nodes_of_a_folder_join_those_of_the_image(rendered: Rendered, path: str) -> None:
    manifests = rendered(THOR, at("thor.comfyui.customNodesPath", path))
    paths = yaml.safe_load(manifests.get("ConfigMap", f"{THOR_POD}-comfyui")["data"]["extra_model_paths.yaml"])
    found = mounts(manifests, THOR_POD, "comfyui-custom-nodes")
    volumes = manifests.pod(THOR_POD).spec["volumes"]
    assert {"name": "comfyui-custom-nodes", "hostPath": {"path": path, "type": "Directory"}} in volumes
    assert paths["custom_nodes"] == {"custom_nodes": found["comfyui"]["mountPath"]}


def test_without_a_folder_there_are_only_the_images_custom_nodes(rendered: Rendered) -> None:
    manifests = rendered(THOR)
    assert mounts(manifests, THOR_POD, "comfyui-custom-nodes") == {}
    assert "custom_nodes" not in manifests.get("ConfigMap", f"{THOR_POD}-comfyui")["data"]["extra_model_paths.yaml"]


def test_no_container_can_change_the_custom_nodes_or_their_folder(rendered: Rendered) -> None:
    manifests = rendered(THOR, "thor: {comfyui: {customNodesPath: /srv/nodes}}")
    found = mounts(manifests, THOR_POD, "comfyui-custom-nodes")
    assert found == {"comfyui": {"name": "comfyui-custom-nodes", "mountPath": "/custom_nodes", "readOnly": True}}
    assert "custom_nodes" not in container(manifests, THOR_POD, "folders")["command"][-1]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("rocm", {"--disable-mmap", "--bf16-vae"}), ("thor", {"--disable-mmap"}), ("gpu", set())],
)
def test_comfyui_gets_the_flags_that_the_memory_of_its_hardware_needs(
    rendered: Rendered, kind: str, expected: set[str]
) -> None:
    manifests = rendered(
        f"{kind}: {{llamacpp: {{enabled: false}}, nodes: {{a: {{comfyui: {{enabled: true}}}}}}}}", NO_OTHERS
    )
    arguments = container(manifests, f"ai-server-{kind}-a", "comfyui")["args"]
    assert {"--disable-mmap", "--bf16-vae"} & set(arguments) == expected
