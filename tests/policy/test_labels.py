"""The recommended labels of every object and pod, and selectors that fit their own pods and never change."""

import pytest

from ai_server.checks.rules.programs.idle_keys import LABELS_OF_THE_CHART
from ai_server.kube.manifests import Manifests, Object, Pod
from ai_server.reading import profiles
from ai_server.reading.profiles import Profile
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM

NAMES = {
    "llama-server": "llama-cpp",
    "vllm": "vllm",
    "comfyui": "comfyui",
    "speech": "speech",
    "litellm": "litellm",
    "openwebui": "open-webui",
    "migrate": "litellm",
    "ask-every-route": "ai-server",
}
"""app.kubernetes.io/name of a pod with one container of the chart."""
COMPONENTS = {"rocm", "thor", "gpu", "litellm", "openwebui", "migration", "test", "global"}
LABEL = "app.kubernetes.io/"
IMMUTABLE = {f"{LABEL}instance", f"{LABEL}component", f"{LABEL}part-of", "ai-server/node", "ai-server/program"}
ALL_OF_A_NODE = at(
    *("rocm.nodes.halo.gpuAccess", "privileged", "rocm.nodes.halo.vllm", {"enabled": True, "model": "hf/small"}),
    *("rocm.nodes.halo.comfyui.enabled", True),
)


def labelled(metadata: Object, label: str) -> str | None:
    value: str | None = metadata["labels"].get(f"{LABEL}{label}")
    return value


def of_chart(profile: Profile, manifests: Manifests) -> list[Object]:
    """All objects except extraObjects, which are rendered as they are written."""
    extra = profiles.load(profile.files).values.get("extraObjects") or []
    found = [item for item in manifests if item not in extra]
    assert len(found) == len(manifests) - len(extra) > 3
    return found


def programs(pod: Pod) -> list[str]:
    return [container["name"] for container in pod.containers(init=False) if container["name"] in NAMES]


def selectors(manifests: Manifests) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (pod.owner["kind"], pod.name): pod.owner["spec"]["selector"]["matchLabels"]
        for pod in manifests.pods()
        if "selector" in pod.owner["spec"]
    }


def test_every_object_and_every_pod_has_the_recommended_labels(profile: Profile, manifests: Manifests) -> None:
    objects = [item["metadata"] for item in of_chart(profile, manifests)]
    for metadata in [*objects, *(pod.metadata for pod in manifests.pods())]:
        assert labelled(metadata, "part-of") == labelled(metadata, "instance") == "ai-server"
        assert labelled(metadata, "managed-by") == "Helm"
        assert labelled(metadata, "component") in COMPONENTS
        assert labelled(metadata, "name") in NAMES.values()


def test_every_object_names_the_chart_and_no_pod_template_does(profile: Profile, manifests: Manifests) -> None:
    for item in of_chart(profile, manifests):
        assert item["metadata"]["labels"]["helm.sh/chart"].startswith("ai-server-")
    templates = [pod for pod in manifests.pods() if pod.owner["kind"] != "Pod"]
    assert templates
    # each upgrade of the chart would restart every program, and loading a model takes minutes
    assert not any("helm.sh/chart" in pod.labels for pod in templates)


def test_a_pod_has_the_name_and_the_version_of_its_only_program(manifests: Manifests) -> None:
    for pod in manifests.pods():
        names = {NAMES[program] for program in programs(pod)}
        expected = "litellm" if "litellm" in names else names.pop() if len(names) == 1 else "ai-server"
        assert labelled(pod.metadata, "name") == expected
        version = labelled(pod.metadata, "version")
        assert version is None or version in next(pod.containers(init=False))["image"]


def test_what_belongs_to_one_program_has_its_name_next_to_others_in_the_pod(rendered: Rendered) -> None:
    manifests = rendered(ROCM, ALL_OF_A_NODE)
    services = manifests.of_kind("Service")
    found = {item["metadata"]["name"]: labelled(item["metadata"], "name") for item in services}
    assert found["ai-server-rocm-halo"] == "llama-cpp"
    assert found["ai-server-rocm-halo-vllm"] == "vllm"
    assert labelled(manifests.get("ConfigMap", "ai-server-rocm-halo-comfyui")["metadata"], "name") == "comfyui"
    assert labelled(manifests.pod("ai-server-rocm-halo").metadata, "name") == "ai-server"


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("", "b11434"),
        ("server-vulkan-b11669", "b11669"),
        ("b11669-mine", "b11669"),
        ("v0.30.0-aarch64-cu130", "v0.30.0-aarch64-cu130"),
        ("main-v1.82.7-stable", "v1.82.7-stable"),
        ("0.8.3_", "0.8.3"),
        (f"1.{'2' * 100}", f"1.{'2' * 61}"),
        ("latest", None),
        ("latest-cuda-12.6.3", None),
        ("rocm7", None),
        ("rocm6.4.1-py3.12", None),
    ],
)
def test_the_version_is_what_the_tag_says(rendered: Rendered, tag: str, version: str | None) -> None:
    pod = rendered(ROCM, at("rocm.image.tag", tag)).pod("ai-server-rocm-halo")
    assert labelled(pod.metadata, "version") == version


def test_the_labels_of_the_chart_are_those_that_the_check_reserves(rendered: Rendered) -> None:
    mine = dict.fromkeys(LABELS_OF_THE_CHART, "mine") | {"team": "mine"}
    manifests = rendered(
        ROCM, at("global.labels", mine, "global.pod.labels", mine, "openwebui.persistence.labels", mine)
    )
    labels = [item["metadata"]["labels"] for item in manifests] + [pod.labels for pod in manifests.pods()]
    assert {key for of_one in labels for key, value in of_one.items() if value == "mine"} == {"team"}
    assert {key for of_one in labels for key in of_one} - {"team", "ai-server/program"} < LABELS_OF_THE_CHART


def test_every_selector_has_only_labels_that_never_change(manifests: Manifests) -> None:
    services = [service["spec"]["selector"] for service in manifests.of_kind("Service")]
    for selector in [*selectors(manifests).values(), *services]:
        assert {f"{LABEL}instance", f"{LABEL}component"} <= selector.keys() <= IMMUTABLE


def test_every_workload_selects_its_own_pods_and_no_other(manifests: Manifests) -> None:
    for (kind, name), selector in selectors(manifests).items():
        assert [(pod.owner["kind"], pod.name) for pod in manifests.labelled(selector)] == [(kind, name)]


def test_every_service_selects_the_pods_of_one_workload_which_have_its_port(manifests: Manifests) -> None:
    for service in manifests.of_kind("Service"):
        [pod] = manifests.selected_by(service)
        ports = {port["name"] for container in pod.containers() for port in container.get("ports") or []}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


CHANGES = {
    "another version": at("rocm.image.tag", "server-rocm-b11669", "litellm.image.tag", "v1.109.0"),
    "another program": ALL_OF_A_NODE,
    "a pod for each program": at("rocm.pods", "separate", within=ALL_OF_A_NODE),
    "another accelerator": at("rocm.accelerator", "vulkan"),
    "labels": at("global.labels", {"team": "a"}, "global.pod.labels", {f"{LABEL}part-of": "mine", "team": "a"}),
    "a page of its own": at("openwebui.mode", "standalone"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_upgrade_changes_the_selector_of_a_workload(rendered: Rendered, change: str) -> None:
    before, after = selectors(rendered(ROCM)), selectors(rendered(ROCM, CHANGES[change]))
    kept = before.keys() & after.keys()
    assert ("Deployment", "ai-server-litellm") in kept
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
