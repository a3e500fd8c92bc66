"""Each setting of a component reaches only this component: one render with a unique value for every setting."""

import json
from typing import Any

import pytest

from ai_server.kube.manifests import Manifests
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR

CONTAINERS = {
    "rocm": ("ai-server-rocm-halo", "llama-server"),
    "rocm.vllm": ("ai-server-rocm-halo", "vllm"),
    "rocm.comfyui": ("ai-server-rocm-halo", "comfyui"),
    "rocm.speech": ("ai-server-rocm-halo", "speech"),
    "thor": ("ai-server-thor-thor", "llama-server"),
    "thor.vllm": ("ai-server-thor-thor", "vllm"),
    "thor.comfyui": ("ai-server-thor-thor", "comfyui"),
    "thor.speech": ("ai-server-thor-thor", "speech"),
    "gpu": ("ai-server-gpu-pc", "llama-server"),
    "gpu.vllm": ("ai-server-gpu-pc", "vllm"),
    "gpu.comfyui": ("ai-server-gpu-pc", "comfyui"),
    "gpu.speech": ("ai-server-gpu-pc", "speech"),
    "litellm": ("ai-server-litellm", "litellm"),
    "openwebui": ("ai-server-openwebui", "openwebui"),
}
PODS = {
    "rocm": "ai-server-rocm-halo",
    "thor": "ai-server-thor-thor",
    "gpu": "ai-server-gpu-pc",
    "litellm": "ai-server-litellm",
    "openwebui": "ai-server-openwebui",
}


TEST = "ai-server-test"
PROGRAMS = "{%s: {llamacpp: {enabled: true}, vllm: {enabled: true, model: hf/small}, comfyui: {enabled: true}, speech: {enabled: true, models: {tts: {}}}}}"
GPU = "gpu: {models: {coder: {file: gguf/coder.gguf}}, nodes: {pc: {}}}"
ALL_PROGRAMS = [
    ROCM,
    THOR,
    GPU,
    "thor: {models: {other: {file: gguf/other.gguf}}}",
    *(PROGRAMS % kind for kind in ("rocm", "thor", "gpu")),
]


def knobs(number: int) -> dict[str, Any]:
    """Values that name their component."""
    return {
        "image": {
            "repository": f"example.com/image-{number}",
            "tag": f"v{number}.0.0-b11434",
            "pullPolicy": "Never",
        },
        "command": [f"command-{number}"],
        "extraArgs": [f"--argument-{number}"],
        "extraEnv": {f"VARIABLE_{number}": f"value-{number}"},
        "envFrom": [{"secretRef": {"name": f"secret-{number}"}}],
        "resources": {"requests": {"cpu": f"{number}m"}, "limits": {"memory": f"{number}Gi"}},
        "securityContext": {"runAsUser": 5000 + number},
        "extraVolumeMounts": [{"name": "tmp", "mountPath": f"/mount-{number}"}],
    }


@pytest.fixture
def everything_marked(rendered: Rendered) -> Manifests:
    marked = [at(path, knobs(number)) for number, path in enumerate(CONTAINERS, start=111)]
    return rendered(*ALL_PROGRAMS, at("openwebui.mode", "standalone", "rocm.build", 11434), *marked)


@pytest.mark.parametrize("path", CONTAINERS)
def test_a_containers_knobs_reach_it_and_no_other(everything_marked: Manifests, path: str) -> None:
    number = list(CONTAINERS).index(path) + 111
    marks = [
        f"image-{number}:",
        f"command-{number}",
        f"--argument-{number}",
        f"VARIABLE_{number}",
        f"{number}m",
        f"{number}Gi",
    ]
    marks += [f"mount-{number}", str(5000 + number), f"secret-{number}"]
    for mark in marks:
        having = {
            (pod.name, container["name"])
            for pod in everything_marked.pods()
            for container in pod.containers()
            if mark in json.dumps(container)
        }
        # the device check uses the image and the user of llama-server, the test those of the gateway
        sharing = {*((pod, "device-check") for pod in PODS.values()), (TEST, "ask-every-route")}
        assert having - sharing == {CONTAINERS[path]}, mark


@pytest.mark.parametrize("component", PODS)
def test_a_pods_knobs_reach_it_and_no_other(rendered: Rendered, component: str) -> None:
    knobs = {
        "labels": {"mark": "mine"},
        "annotations": {"mark": "mine"},
        "nodeSelector": {"mark": "mine"},
        "tolerations": [{"key": "mine", "operator": "Exists"}],
        "affinity": {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
        "priorityClassName": "mine",
        "runtimeClassName": "mine",
        "schedulerName": "mine",
        "serviceAccountName": "mine",
        "imagePullSecrets": [{"name": "mine"}],
        "hostAliases": [{"ip": "10.0.0.9", "hostnames": ["mine"]}],
        "dnsPolicy": "None",
        "dnsConfig": {"nameservers": ["10.0.0.9"], "searches": ["mine"]},
        "terminationGracePeriodSeconds": 123,
        "securityContext": {"fsGroup": 4321},
        "extraVolumes": [{"name": "mine", "emptyDir": {}}],
        "extraContainers": [{"name": "mine", "image": "a:1"}],
        "extraInitContainers": [{"name": "mine-first", "image": "a:1"}],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "mine", "whenUnsatisfiable": "DoNotSchedule"}],
    }
    base = [ROCM, THOR, GPU, "openwebui: {mode: standalone}"]
    plain, marked = rendered(*base), rendered(*base, at(f"{component}.pod", knobs))
    differing = {pod.name for pod in marked.pods() if pod.spec != plain.pod(pod.name).spec}
    assert differing - {TEST} == {PODS[component]}
    # the test may run on the same nodes as the gateway
    assert (TEST in differing) == (component == "litellm")
    text = json.dumps([marked.pod(PODS[component]).metadata, marked.pod(PODS[component]).spec])
    assert text.count("mine") >= 15
    assert text.count("10.0.0.9") == 2
    assert "4321" in text


def test_what_is_set_once_for_all_reaches_every_pod(rendered: Rendered) -> None:
    once = "global: {pod: {priorityClassName: ai, labels: {a: b}}, container: {extraEnv: {TZ: UTC}}, imageRegistry: 'lan:5000'}"
    manifests = rendered(ROCM, THOR, "openwebui: {mode: standalone}", once)
    assert len(manifests.pods()) == 5
    for pod in manifests.pods():
        assert (pod.spec["priorityClassName"], pod.labels["a"]) == ("ai", "b")
        assert all(container["image"].startswith("lan:5000/") for container in pod.containers())


def test_a_component_overrides_global_and_a_node_overrides_its_component(rendered: Rendered) -> None:
    levels = [
        at("global.pod.priorityClassName", "a"),
        at("rocm.pod.priorityClassName", "b"),
        at("rocm.nodes.halo.pod.priorityClassName", "c"),
    ]
    found = [
        rendered(ROCM, *levels[:count]).pod("ai-server-rocm-halo").spec["priorityClassName"] for count in (1, 2, 3)
    ]
    assert found == ["a", "b", "c"]


def test_a_users_variable_wins_over_the_charts(rendered: Rendered) -> None:
    pod = rendered(ROCM, "rocm: {extraEnv: {HOME: /other, LLAMA_API_KEY: mine}}").pod("ai-server-rocm-halo")
    [server] = pod.containers(init=False)
    assert {"name": "HOME", "value": "/other"} in server["env"]
    assert [variable for variable in server["env"] if variable["name"] == "LLAMA_API_KEY"] == [
        {"name": "LLAMA_API_KEY", "value": "mine"}
    ]


def test_variables_of_a_secret_reach_no_helper(rendered: Rendered) -> None:
    source = [{"secretRef": {"name": "mine"}}]
    manifests = rendered(ROCM, THOR, at("litellm.envFrom", source, "thor.comfyui.envFrom", source))
    containers = [container for pod in manifests.pods() for container in pod.containers()]
    assert {found["name"] for found in containers if "envFrom" in found} == {"litellm", "comfyui"}


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("ghcr.io/a/b", "lan:5000/a/b"),
        ("a/b", "lan:5000/a/b"),
        ("busybox", "lan:5000/busybox"),
        ("localhost/a", "lan:5000/a"),
        ("other:5000/a", "lan:5000/a"),
    ],
)
def test_a_mirror_takes_the_place_of_the_registry(rendered: Rendered, repository: str, expected: str) -> None:
    manifests = rendered(ROCM, at("global.imageRegistry", "lan:5000", "rocm.image.repository", repository))
    [server] = manifests.pod("ai-server-rocm-halo").containers(init=False)
    assert server["image"] == f"{expected}:server-rocm-b11434"


def test_a_digest_pins_the_bytes(rendered: Rendered) -> None:
    digest = f"sha256:{'0' * 64}"
    pod = rendered(ROCM, at("rocm.image.digest", digest)).pod("ai-server-rocm-halo")
    [server] = pod.containers(init=False)
    assert server["image"] == f"ghcr.io/ggml-org/llama.cpp:server-rocm-b11434@{digest}"


@pytest.mark.parametrize(("page", "published"), [("{}", True), ("{openwebui: {mode: standalone}}", None)])
def test_the_gateways_service_keeps_its_pod_while_the_page_in_it_is_down(
    rendered: Rendered, page: str, published: bool | None
) -> None:
    service = rendered(ROCM, page).get("Service", "ai-server-litellm")
    assert service["spec"].get("publishNotReadyAddresses") is published
