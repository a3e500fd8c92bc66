"""A second values file adds, changes and removes entries; the more specific setting wins, even if it is empty."""

import pytest

from ai_server.helm.gateway import routes
from ai_server.kube.manifests import Pod
from tests.at import at, flow
from tests.conftest import Rendered
from tests.render.common import ROCM, TWO_MODELS, container, flag, llama

EXTRA = "litellm: {models: {far: {model: hosted_vllm/far, apiBase: http://far.lan/v1}}}"


def served(manifests) -> set[str]:
    return {route.model for route in routes(manifests)}


def workloads(manifests) -> set[str]:
    return {pod.name for pod in manifests.running()} - {"ai-server-litellm"}


def test_a_second_file_adds_a_model(rendered: Rendered) -> None:
    assert served(rendered(ROCM, "rocm: {models: {more: {file: more.gguf}}}")) == {"chat", "more"}


def test_a_second_file_changes_a_model(rendered: Rendered) -> None:
    assert (
        flag(llama(rendered(ROCM, "rocm: {models: {chat: {file: new.gguf}}}")), "--model") == "/data/ai-models/new.gguf"
    )


def test_a_second_file_removes_a_model(rendered: Rendered) -> None:
    assert served(rendered(TWO_MODELS, "rocm: {models: {embed: {enabled: false}}}")) == {"chat"}


def test_a_second_file_removes_a_model_from_one_node(rendered: Rendered) -> None:
    manifests = rendered(TWO_MODELS, "rocm: {nodes: {halo: {overrides: {embed: {enabled: false}}}}}")
    assert served(manifests) == {"chat"}


def test_a_second_file_adds_a_node(rendered: Rendered) -> None:
    assert workloads(rendered(ROCM, "rocm: {nodes: {b: {renderGroup: 1}}}")) == {
        "ai-server-rocm-halo",
        "ai-server-rocm-b",
    }


def test_a_second_file_removes_a_node(rendered: Rendered) -> None:
    both = "rocm: {nodes: {b: {renderGroup: 1}, halo: {enabled: false}}}"
    assert workloads(rendered(ROCM, both)) == {"ai-server-rocm-b"}


def test_a_second_file_adds_changes_and_removes_a_custom_model(rendered: Rendered) -> None:
    assert served(rendered(EXTRA, "litellm: {models: {b: {model: openai/b, apiBase: http://b/v1}}}")) == {
        "far",
        "b",
    }
    [changed] = routes(rendered(EXTRA, "litellm: {models: {far: {apiBase: http://new.lan/v1}}}"))
    assert changed.api_base == "http://new.lan/v1"
    assert served(rendered(ROCM, EXTRA, "litellm: {models: {far: {enabled: false}}}")) == {"chat"}


def names(pod: Pod) -> list[str]:
    return [container["name"] for container in pod.containers()]


NOTHINGS = [
    ("deviceCheck: true", "deviceCheck: false", lambda pod: "device-check" not in names(pod)),
    ("memoryCheck: true", "memoryCheck: false", lambda pod: "memory-check" not in names(pod)),
    ("extraArgs: [--x]", "extraArgs: []", lambda pod: "--x" not in next(pod.containers(init=False))["args"]),
    (
        "modelsPath: /a",
        'modelsPath: ""',
        lambda pod: pod.spec["volumes"][0]["hostPath"]["path"] == "/data/ai-models",
    ),
    ("command: [a]", "command: []", lambda pod: "command" not in next(pod.containers(init=False))),
    (
        "modelsMax: 3",
        "modelsMax: 0",
        lambda pod: flag(next(pod.containers(init=False)), "--models-max") == "0",
    ),
    (
        "pod: {tolerations: [{operator: Exists}]}",
        "pod: {tolerations: []}",
        lambda pod: "tolerations" not in pod.spec,
    ),
    (
        "pod: {priorityClassName: a}",
        'pod: {priorityClassName: ""}',
        lambda pod: "priorityClassName" not in pod.spec,
    ),
]


@pytest.mark.parametrize(("component", "node", "holds"), NOTHINGS, ids=[case[1] for case in NOTHINGS])
def test_an_empty_value_of_a_node_overrides_its_component(rendered: Rendered, component: str, node: str, holds) -> None:
    everywhere = at("rocm", flow(component))
    without = rendered(TWO_MODELS, everywhere).pod("ai-server-rocm-halo")
    pod = rendered(TWO_MODELS, everywhere, at("rocm.nodes.halo", flow(node))).pod("ai-server-rocm-halo")
    assert holds(pod)
    assert not holds(without)


def test_zero_for_a_node_overrides_its_component_in_a_models_file(rendered: Rendered) -> None:
    def presets(values: str) -> str:
        return rendered(TWO_MODELS, values).get("ConfigMap", "ai-server-rocm-halo")["data"]["models.ini"]

    assert "cache-ram = 512" in presets("rocm: {server: {cacheRamMiB: 512}}")
    zero = presets("rocm: {server: {cacheRamMiB: 512}, nodes: {halo: {server: {cacheRamMiB: 0}}}}")
    assert ("cache-ram = 0" in zero, "cache-ram = 512" in zero) == (True, False)


def test_false_for_a_node_overrides_true_for_its_component(rendered: Rendered) -> None:
    thor = "thor: {nodes: {t: {vllm: {model: m}, comfyui: {enabled: false}, speech: {enabled: false}}}}"
    values = "thor: {vllm: {enforceEager: true, toolCallParser: hermes}, nodes: {t: {vllm: {enforceEager: false, toolCallParser: ''}}}}"
    vllm = container(rendered(thor, values), "ai-server-thor-t", "vllm")
    assert {"--enforce-eager", "--tool-call-parser"} & set(vllm["args"]) == set()
