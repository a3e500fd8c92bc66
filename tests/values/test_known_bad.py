"""Both sides of each bound in charts/ai-server/files/known-bad-versions.yaml, and the versions found in tags."""

from typing import Any

import pytest
import yaml

from ai_server.errors import UserError
from ai_server.paths import CHART
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR

ENTRIES: list[dict[str, Any]] = yaml.safe_load((CHART / "files" / "known-bad-versions.yaml").read_text())["versions"]
LITELLM = "ghcr.io/berriai/litellm"
COMFYUI = "docker.io/cmooreio/comfyui-thor"
VLLM = "docker.io/vllm/vllm-openai"
ACCELERATORS = ("rocm", "vulkan", "cuda", "sycl", "cpu")

BOUNDS = [
    # id, repository, versions that are rejected, versions that are not
    ("litellm-2026-10", LITELLM, ["v1.107.0", "v1.107.9"], ["v1.106.99", "v1.108.0"]),
    ("litellm-2026-03", LITELLM, ["v1.82.7", "v1.82.8"], ["v1.82.6", "v1.82.9"]),
    ("litellm-cve-2026-114612", LITELLM, ["v1.103.7", "v1.60.0"], ["v1.103.8", "v1.103.99"]),
    ("litellm-cve-2026-114612", LITELLM, ["v1.104.0", "v1.104.5"], ["v1.104.6"]),
    ("litellm-cve-2026-114612", LITELLM, ["v1.105.0", "v1.105.3"], ["v1.105.4"]),
    ("litellm-cve-2026-114612", LITELLM, ["v1.106.0", "v1.106.2"], ["v1.106.3", "v1.108.14"]),
    ("litellm-cve-2026-42208", LITELLM, ["v1.83.6"], ["v1.83.7"]),
    ("litellm-cve-2026-42271", LITELLM, ["v1.83.6"], ["v1.83.7"]),
    ("litellm-cve-2026-49468", LITELLM, ["v1.84.2"], ["v1.84.3"]),
    ("litellm-cve-2026-49468", LITELLM, ["v1.85.0", "v1.85.1"], ["v1.84.99", "v1.85.2"]),
    ("litellm-cve-2026-49468", LITELLM, ["v1.86.0", "v1.86.1"], ["v1.85.99", "v1.86.2"]),
    ("litellm-cve-2026-35030", LITELLM, ["v1.82.99"], ["v1.83.0"]),
    ("litellm-cve-2026-30623", LITELLM, ["v1.83.6"], ["v1.83.7"]),
    ("litellm-cve-2026-35029", LITELLM, ["v1.82.99"], ["v1.83.0"]),
    ("litellm-ghsa-69x8-hrgq-fjj8", LITELLM, ["v1.82.99"], ["v1.83.0"]),
    ("litellm-cve-2026-42203", LITELLM, ["v1.83.6"], ["v1.83.7"]),
    ("litellm-cve-2026-40217", LITELLM, ["v1.83.9"], ["v1.83.10"]),
    ("litellm-cve-2026-47101", LITELLM, ["v1.83.13"], ["v1.83.14"]),
    ("litellm-cve-2026-47102", LITELLM, ["v1.83.9"], ["v1.83.10"]),
    ("openwebui-0.12.4", "ghcr.io/open-webui/open-webui", ["v0.12.3"], ["v0.12.4"]),
    ("llamacpp-gfx1151", "rocm", ["10040", "10968"], ["10039", "10969"]),
    *[("llamacpp-gfx1151", on, [], ["10040", "10968"]) for on in ("vulkan", "cuda", "sycl", "cpu")],
    ("llamacpp-vulkan-no-device", "vulkan", ["9592", "9641"], ["9591", "9642"]),
    *[("llamacpp-vulkan-no-device", on, [], ["9592", "9641"]) for on in ("rocm", "cuda", "sycl", "cpu")],
    ("llamacpp-vulkan-symbol", "vulkan", ["9438"], ["9437", "9439"]),
    ("llamacpp-vulkan-symbol", "rocm", [], ["9438"]),
    *[("llamacpp-router-aborts", f"{on}, modelsMax: 1", ["7389", "10306"], ["7388", "10307"]) for on in ACCELERATORS],
    *[("llamacpp-router-waits", f"{on}, modelsMax: 1", ["10326", "10840"], ["10325", "10841"]) for on in ACCELERATORS],
    *[("llamacpp-router-evicts", f"{on}, modelsMax: 1", ["10852", "11104"], ["10851", "11105"]) for on in ACCELERATORS],
    ("jetson-orin-vllm", "docker.io/dustynv/vllm", ["r36"], []),
    ("vllm-before-thor", VLLM, ["v0.19.99"], ["v0.20.0"]),
    ("nvidia-vllm-before-thor", "nvcr.io/nvidia/vllm", ["26.04-py3", "25.12-py3"], ["26.05-py3", "26.10-py3"]),
    ("jetson-orin-comfyui", "docker.io/dustynv/comfyui", ["r36"], []),
    ("comfyui-ai-dock", "ghcr.io/ai-dock/comfyui", ["latest"], []),
    ("comfyui-cve-2025-67303", COMFYUI, ["v0.3.75"], ["v0.3.76"]),
    ("speaches-0.8", "ghcr.io/speaches-ai/speaches", ["0.7.99-cpu"], ["0.8.0-cpu"]),
]
SECOND = "models: {second: {file: second.gguf}}"
"""A node with two models, which loads both unless modelsMax is 1."""
FORMS = [
    # repository, tag, whether it is rejected
    (LITELLM, "1.107.0", True),
    (LITELLM, "v1.107", True),
    (LITELLM, "v1.107.0.dev1", True),
    (LITELLM, "v1.107.0-rc.1", True),
    (LITELLM, "main-v1.107.0-stable", True),
    (LITELLM, "litellm_stable-v1.82.7", True),
    (LITELLM, "litellm_stable_release_branch-v1.81.0-stable", True),
    ("registry.lan:5000/mirror/litellm-database", "litellm-1.82.7", True),
    (LITELLM, "v1.108.0-rc.1", False),
    (LITELLM, "mine", False),
    (LITELLM, "mine-0.2", False),
    (LITELLM, "python3.12", False),
    (LITELLM, "2026-11-20", False),
    (VLLM, "v0.19.1.post1", True),
    (VLLM, "v0.19.1rc1", True),
    (VLLM, "v0.30.0-cu130", False),
    ("docker.io/mmartial/comfyui-nvidia-docker", "0.3.75", True),
    ("docker.io/mmartial/comfyui-nvidia-docker", "ubuntu24_cuda12.8-20260509", False),
    ("docker.io/saladtechnologies/comfyui-api", "comfy0.3.75-api1.9.2-cuda12.8-runtime", True),
    ("docker.io/saladtechnologies/comfyui-api", "comfy0.28.0-api1.9.2-cuda12.8-runtime", False),
    ("docker.io/yanwk/comfyui-boot", "cu130-slim-v2", False),
]


def values(repository: str, version: str) -> str | dict[str, Any]:
    if repository.startswith(ACCELERATORS):
        models = "models: {first: {file: first.gguf}, second: {file: second.gguf}}"
        return f"gpu: {{accelerator: {repository}, build: {version}, {models}, nodes: {{pc: {{renderGroup: 991}}}}}}"
    image = {"repository": repository, "tag": version}
    for words, program in (("vllm", "vllm"), ("comfyui", "comfyui"), ("speaches", "speech")):
        if words in repository:
            return at(f"thor.nodes.thor.{program}.image", image)
    return at(f"{'openwebui' if 'open-webui' in repository else 'litellm'}.image", image)


def refused(rendered: Rendered, *texts: str | dict[str, Any]) -> str:
    """What the chart reports about known bad versions; "" if nothing."""
    try:
        rendered(ROCM, THOR, *texts)
    except UserError as error:
        return "\n".join(line for line in error.message.splitlines() if "[versions/known-bad]" in line)
    return ""


@pytest.mark.parametrize(("name", "repository", "bad", "good"), BOUNDS)
def test_each_bound_has_two_sides(
    rendered: Rendered, name: str, repository: str, bad: list[str], good: list[str]
) -> None:
    ids = {version: refused(rendered, values(repository, version)) for version in (*bad, *good)}
    assert [version for version in bad if name not in ids[version]] == []
    assert [version for version in good if name in ids[version]] == []


def test_each_entry_has_bounds() -> None:
    assert {entry["id"] for entry in ENTRIES} == {bound[0] for bound in BOUNDS}


@pytest.mark.parametrize(("repository", "tag", "bad"), FORMS)
def test_a_version_is_seen_in_every_form_of_tag(rendered: Rendered, repository: str, tag: str, *, bad: bool) -> None:
    assert bool(refused(rendered, values(repository, tag))) is bad


def test_a_tag_is_reported_once_with_its_worst_problem(rendered: Rendered) -> None:
    [line] = refused(rendered, values(LITELLM, "v1.83.9")).splitlines()
    assert line.count("- litellm.image.tag: v1.83.9 lets a low-privileged caller become the proxy's admin") == 1
    assert "(litellm-cve-2026-114612, and 4 more: litellm-cve-2026-49468, " in line


def test_builds_that_their_authors_patch_are_accepted(rendered: Rendered) -> None:
    image = "rocm: {build: 10500, image: {repository: docker.io/kyuz0/amd-strix-halo-toolboxes, tag: rocm-7.14}}"
    assert refused(rendered, image) == ""


@pytest.mark.parametrize("settings", ["modelsMax: 2", "modelsMax: 0", "modelsMax: 1, nodes: {halo: {serve: [chat]}}"])
def test_a_router_that_never_swaps_is_accepted(rendered: Rendered, settings: str) -> None:
    assert refused(rendered, f"rocm: {{backend: vulkan, build: 10900, {SECOND}, {settings}}}") == ""


def test_of_two_nodes_with_one_image_the_one_that_swaps_is_refused(rendered: Rendered) -> None:
    nodes = "nodes: {second: {renderGroup: 991, modelsMax: 1}}"
    [line] = refused(rendered, f"rocm: {{backend: vulkan, build: 10900, {SECOND}, {nodes}}}").splitlines()
    assert "- rocm.nodes.second.build: llama.cpp b10900 evicts the model" in line


def test_a_custom_vulkan_image_is_accepted(rendered: Rendered) -> None:
    image = "image: {repository: me/llama-vulkan, tag: b9592}"
    assert refused(rendered, f"rocm: {{backend: vulkan, {image}}}") == ""


@pytest.mark.parametrize(("repository", "tag"), [(VLLM, "v0.19.0"), ("nvcr.io/nvidia/vllm", "25.12-py3")])
def test_a_version_that_only_thor_cannot_run_is_accepted_elsewhere(
    rendered: Rendered, repository: str, tag: str
) -> None:
    vllm = {"enabled": True, "model": "hf/x", "image": {"repository": repository, "tag": tag}}
    assert refused(rendered, at("gpu.nodes.pc", {"vllm": vllm}, "gpu.llamacpp.enabled", False)) == ""
    assert "Thor" in refused(rendered, at("thor.nodes.thor.vllm.image", vllm["image"]))
