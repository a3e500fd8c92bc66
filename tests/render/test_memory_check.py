"""The container that compares what the programs of a node need with its memory; tests/contract runs its script."""

import pytest

from ai_server.kube.manifests import Manifests
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR, TWO_MODELS, container, env

HALO, THOR_POD = "ai-server-rocm-halo", "ai-server-thor-thor"
SPARK = "gpu: {models: {chat: {file: gguf/chat.gguf}}, nodes: {spark: {}}}"
GIB = 2**30


def words(manifests: Manifests, pod: str = HALO) -> list[str]:
    """The arguments of the script."""
    command: list[str] = container(manifests, pod, "memory-check")["command"]
    return command[command.index("memory-check") + 1 :]


def after(found: list[str], *begin: str) -> str:
    """The word that follows some others."""
    [place] = [index for index in range(len(found)) if found[index : index + len(begin)] == list(begin)]
    return found[place + len(begin)]


def checked(manifests: Manifests) -> set[str]:
    return {pod.name for pod in manifests.pods() for found in pod.containers() if found["name"] == "memory-check"}


def test_nodes_with_unified_memory_are_checked_and_cards_on_request(rendered: Rendered) -> None:
    assert checked(rendered(ROCM, THOR, SPARK)) == {HALO, THOR_POD}
    assert checked(rendered(ROCM, THOR, SPARK, at("gpu.nodes.spark.memoryCheck", True))) > {"ai-server-gpu-spark"}
    assert checked(rendered(ROCM, THOR, at("rocm.memoryCheck", False), at("thor.memoryCheck", False))) == set()


def test_the_check_runs_after_all_other_init_containers(rendered: Rendered) -> None:
    fetch = at("global.pod.extraInitContainers", [{"name": "fetch", "image": "fetch:1"}])
    inits = rendered(THOR, fetch, at("thor.llamacpp.enabled", True), "thor: {models: {a: {file: a}}}").pod(THOR_POD)
    names = [found["name"] for found in inits.spec["initContainers"]]
    assert names == ["device-check", "folders", "fetch", "memory-check"]


def test_the_check_sees_the_models_and_nothing_else(rendered: Rendered) -> None:
    manifests = rendered(ROCM, at("rocm.gpuAccess", "privileged"), at("global.container.extraEnv", {"TOKEN": "a"}))
    check = container(manifests, HALO, "memory-check")
    assert check["volumeMounts"] == [{"name": "models", "mountPath": "/data/ai-models", "readOnly": True}]
    assert env(check) == {"NODE_NAME": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    assert check["securityContext"].items() >= {"runAsUser": 1000, "runAsNonRoot": True}.items()
    assert "privileged" not in check["securityContext"]


def test_every_file_of_a_model_is_named(rendered: Rendered) -> None:
    files = "mmproj: a b.gguf, draft: {file: d.gguf}, loras: {x: {file: x.gguf}, off: {file: y.gguf, enabled: false}}"
    found = words(rendered(ROCM, f"rocm: {{models: {{chat: {{{files}}}}}}}"))
    named = [found[index + 1] for index, word in enumerate(found) if word == "file"]
    assert named == [f"/data/ai-models/{name}" for name in ("gguf/chat.gguf", "a b.gguf", "d.gguf", "x.gguf")]


@pytest.mark.parametrize(
    ("key", "value", "mib"),
    [("cacheRamMiB", 512, 512), ("cacheRamMiB", -1, 0), ("flags", {"cache-ram": 64}, 64), ("mode", "embedding", 0)],
)
def test_the_cache_of_prompts_counts(rendered: Rendered, key: str, value: object, mib: int) -> None:
    found = words(rendered(ROCM, at(f"rocm.models.chat.{key}", value)))
    assert after(found, "model", "chat") == str(mib * 2**20)


@pytest.mark.parametrize(("most", "expected"), [(1, "1"), (0, "0")])
def test_a_router_keeps_models_max_models_in_memory(rendered: Rendered, most: int, expected: str) -> None:
    found = words(rendered(TWO_MODELS, at("rocm.modelsMax", most)))
    assert found[:5] == ["program", "llama-server", str(16 * GIB), "0", expected]
    assert found.count("model") == 2


@pytest.mark.parametrize(
    ("request_", "expected"),
    [("84Gi", 84 * GIB), ("1.5Gi", 1.5 * GIB), (1073741824, GIB), ("100G", 10**11), ("", 0)],
)
def test_the_memory_request_is_passed_on_in_bytes(rendered: Rendered, request_: object, expected: float) -> None:
    found = words(rendered(ROCM, at("rocm.resources.requests.memory", request_)))
    assert after(found, "program", "llama-server") == str(int(expected))


def test_vllm_needs_its_weights_its_cache_and_its_shared_memory(rendered: Rendered) -> None:
    found = words(rendered(THOR, "thor: {vllm: {kvCacheMemory: 20Gi, shmSize: 2Gi}}"), THOR_POD)
    assert found[:5] == ["program", "vllm", str(48 * GIB), str(2 * GIB), "0"]
    assert found[5:10] == ["model", "small", str(20 * GIB), "file", "/data/ai-models/hf/small"]
    assert found[10:] == ["program", "comfyui", str(24 * GIB), "0", "0", "program", "speech", str(4 * GIB), "0", "0"]


def test_vllm_without_a_size_needs_its_share_of_the_memory(rendered: Rendered) -> None:
    values = 'thor: {vllm: {kvCacheMemory: "", gpuMemoryUtilization: 0.57}}'
    assert after(words(rendered(THOR, values), THOR_POD), "share") == "570"


def test_each_pod_of_a_node_checks_its_own_programs(rendered: Rendered) -> None:
    manifests = rendered(THOR, at("thor.pods", "separate"))
    found = {program: words(manifests, f"{THOR_POD}-{program}")[:2] for program in ("vllm", "comfyui", "speech")}
    assert found == {program: ["program", program] for program in found}


def test_each_pod_of_a_pool_checks_the_node_that_it_is_on(rendered: Rendered) -> None:
    manifests = rendered(ROCM, at("rocm.nodes.halo.selector", {"pool": "halos"}))
    assert "NODE_NAME" in env(container(manifests, HALO, "memory-check"))
