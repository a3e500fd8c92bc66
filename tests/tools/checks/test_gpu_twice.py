"""Two entries that would use the GPU of one node are reported even without a cluster, and only once with one."""

import pytest

from tests.tools.checks.conftest import Run

SECOND = "thor: {%s nodes: {second: {%s, comfyui: {enabled: false}, speech: {enabled: false}, vllm: {model: hf/b}}}}"
PLUGIN = "gpuAccess: devicePlugin,"


def reported(run: Run, text: str, cluster: str | None = None) -> list[tuple[str, str]]:
    rules = ("programs/gpu-twice", "cluster/gpu-shared")
    return [(finding.rule, finding.key) for finding in run(text, cluster=cluster) if finding.rule in rules]


@pytest.mark.parametrize("gpu", ["", PLUGIN])
def test_two_vllm_on_one_thor_are_reported_without_a_cluster(run: Run, gpu: str) -> None:
    assert reported(run, SECOND % (gpu, "node: thor")) == [("programs/gpu-twice", "thor.nodes.second.node")]


def test_two_vllm_of_two_entries_for_one_pool_are_reported(run: Run) -> None:
    pools = "thor: {nodes: {thor: {selector: {a: b}}, second: {selector: {a: b}, vllm: {model: hf/b}}}}"
    assert ("programs/gpu-twice", "thor.nodes.thor") in reported(run, pools)


def test_two_vllm_on_two_thor_are_silent(run: Run) -> None:
    assert reported(run, SECOND % ("", "node: thor2")) == []


def test_a_vllm_and_the_other_programs_of_one_entry_are_silent(run: Run) -> None:
    assert reported(run, "thor: {nodes: {thor: {pods: separate}}}") == []


def test_other_programs_twice_on_one_gpu_are_reported(run: Run) -> None:
    entry = "thor: {nodes: {second: {node: thor, vllm: {enabled: false}, speech: {enabled: false}}}}"
    assert reported(run, entry) == [("programs/gpu-twice", "thor.nodes.second.node")]


def test_speech_on_the_processor_takes_no_gpu(run: Run) -> None:
    assert (
        reported(run, "thor: {nodes: {second: {node: small, vllm: {enabled: false}, comfyui: {enabled: false}}}}") == []
    )


@pytest.mark.parametrize("cluster", [None, ""])
def test_two_privileged_llama_servers_on_one_node_share_its_gpu(run: Run, cluster: str | None) -> None:
    entry = "rocm: {gpuAccess: privileged, nodes: {second: {node: halo, renderGroup: 991}}}"
    assert reported(run, entry, cluster) == []


@pytest.mark.parametrize("cluster", [None, ""])
def test_only_two_vllm_are_an_error(run: Run, cluster: str | None) -> None:
    pictures = "thor: {nodes: {second: {node: thor, vllm: {enabled: false}, speech: {enabled: false}}}}"
    rules = ("programs/gpu-twice", "cluster/gpu-shared")
    for text, severity in ((pictures, "warning"), (SECOND % ("", "node: thor"), "error")):
        assert [finding.severity for finding in run(text, cluster=cluster) if finding.rule in rules] == [severity]


@pytest.mark.parametrize(("gpu", "rule"), [("", "cluster/gpu-shared"), (PLUGIN, "programs/gpu-twice")])
def test_with_a_cluster_it_is_reported_once(run: Run, gpu: str, rule: str) -> None:
    assert [rule_id for rule_id, _ in reported(run, SECOND % (gpu, "node: thor"), cluster="")] == [rule]


def test_two_pools_that_an_affinity_keeps_apart_are_silent(run: Run) -> None:
    term = "{key: disk, operator: In, values: [%s]}"
    affinity = "{nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [%s]}]}}}"
    pool = "{selector: {a: b}, vllm: {model: hf/b}, pod: {affinity: %s}}"
    one, other = (pool % (affinity % (term % disk)) for disk in ("ssd", "nvme"))
    assert reported(run, f"thor: {{nodes: {{thor: {one}, second: {other}}}}}") == []


CARDS = "{accelerator: cuda, node: small, gpuAccess: runtimeClass, serve: [chat], pod: {runtimeClassName: nvidia}, visibleDevices: '%s'}"


@pytest.mark.parametrize(
    ("one", "other", "shared"), [("0", "1", False), ("0", "0", True), ("0", "all", True), ("0,1", "1,2", True)]
)
def test_entries_that_name_different_cards_share_none(run: Run, one: str, other: str, shared: bool) -> None:
    values = f"gpu: {{nodes: {{first: {CARDS % one}, second: {CARDS % other}}}}}"
    for cluster in ("", None):
        rules = {finding.rule for finding in run(values, cluster=cluster)}
        assert bool(rules & {"cluster/gpu-shared", "programs/gpu-twice"}) == shared


ONLY_VLLM = "accelerator: cuda, llamacpp: {enabled: false}, vllm: {enabled: true, model: hf/a}"
PC = """
  - apiVersion: v1
    kind: Node
    metadata: {name: pc, labels: {kubernetes.io/arch: amd64, disk: big}}
    status: {allocatable: {cpu: "16", memory: 120Gi, ephemeral-storage: 500Gi, nvidia.com/gpu: "1"}}
"""


@pytest.mark.parametrize(
    ("first", "rule"), [("node: pc", "programs/gpu-twice"), ("selector: {disk: big}", "cluster/no-gpu")]
)
def test_two_vllm_are_not_advised_to_share_a_gpu(run: Run, first: str, rule: str) -> None:
    nodes = f"first: {{{first}, {ONLY_VLLM}}}, second: {{node: pc, {ONLY_VLLM}}}"
    [found] = [finding for finding in run(f"gpu: {{nodes: {{{nodes}}}}}", cluster=PC) if finding.key.startswith("gpu")]
    assert (found.rule, "serve both models from one entry" in found.fix) == (rule, True)
