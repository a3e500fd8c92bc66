"""Pods against nodes: errors in the values, and states that are only unknown or temporary."""

from pathlib import Path

import pytest

from ai_server import checks
from ai_server.kube import addresses
from ai_server.kube.cluster_facts import ClusterFacts, read_facts
from tests.tools.checks.conftest import HERE, Run

POD = "  - {apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: %s, labels: {app.kubernetes.io/instance: ai-server}}, spec: {nodeName: halo, containers: [{name: a, resources: {requests: {memory: 110Gi}}}]}}\n"
AFFINITY = "litellm: {pod: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [%s]}}}}}"


def changed(**nodes: dict) -> ClusterFacts:
    """The tests' cluster with parts of its nodes replaced, by name: {halo: {spec: {}}}; None removes a node."""
    facts = read_facts(HERE / "cluster.yaml")
    kept = [node for node in facts.of_kind("Node") if nodes.get(node["metadata"]["name"], {}) is not None]
    found = [{**node, **nodes.get(node["metadata"]["name"], {})} for node in kept]
    return ClusterFacts("cluster.yaml", {**facts.objects, "Node": found})


def on(facts: ClusterFacts, tmp_path: Path, text: str = "rocm: {}") -> list[checks.Finding]:
    (tmp_path / "v.yaml").write_text(text)
    return checks.run([HERE / "base.yaml", tmp_path / "v.yaml"], facts).findings


def serious(found: list[checks.Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.message) for finding in found if finding.severity != "not-checked"]


TERMS = [
    ("{matchExpressions: [{key: kubernetes.io/arch, operator: Gt, values: ['3']}]}", False),
    ("{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [arm64]}]}", True),
    ("{matchFields: [{key: metadata.name, operator: In, values: [small]}]}", True),
    ("{matchFields: [{key: metadata.name, operator: In, values: [gone]}]}", False),
    ("{matchExpressions: []}", False),
]


@pytest.mark.parametrize(("term", "fits"), TERMS)
def test_affinity_by_numbers_and_by_fields_is_read_as_the_scheduler_does(run: Run, term: str, fits: bool) -> None:
    assert [finding.rule for finding in run(AFFINITY % term)] == ([] if fits else ["cluster/no-node-matches"])


TAINT = {"key": "rocm-inference", "value": "true", "effect": "NoSchedule"}


def state(name: str) -> dict:
    return {"spec": {"taints": [TAINT, {"key": f"node.kubernetes.io/{name}", "effect": "NoSchedule"}]}}


@pytest.mark.parametrize(
    ("name", "word"),
    [("unschedulable", "cordoned"), ("not-ready", "not ready"), ("disk-pressure", "short of disk")],
)
def test_a_taint_of_a_nodes_state_is_not_to_be_tolerated(tmp_path: Path, name: str, word: str) -> None:
    [(rule, message)] = serious(on(changed(halo=state(name)), tmp_path))
    assert (rule, message) == ("cluster/cordoned", f"Deployment/ai-server-rocm-halo will wait: node halo is {word}")


def test_a_daemon_set_tolerates_a_cordoned_node_and_waits_for_one_that_is_not_ready(tmp_path: Path) -> None:
    pool = "rocm: {nodes: {halo: {selector: {pool: a}}}}"
    assert serious(on(changed(halo=state("unschedulable")), tmp_path, pool)) == []
    assert [rule for rule, _ in serious(on(changed(halo=state("not-ready")), tmp_path, pool))] == ["cluster/cordoned"]


def test_a_node_under_pressure_is_reported_with_its_condition(tmp_path: Path) -> None:
    halo = {"status": {"conditions": [{"type": "MemoryPressure", "status": "True"}]}}
    assert "short of memory" in serious(on(changed(halo=halo), tmp_path))[0][1]


@pytest.mark.parametrize("status", [{}, {"allocatable": {"cpu": "16", "amd.com/gpu": "1"}}])
def test_an_amount_that_a_node_does_not_state_is_unknown_not_zero(tmp_path: Path, status: dict) -> None:
    found = on(changed(halo={"status": status}), tmp_path)
    assert serious(found) == []
    assert [finding for finding in found if "how much memory is left on node halo" in finding.message] != []


def test_a_node_with_amounts_has_no_devices_beyond_them(tmp_path: Path) -> None:
    halo = {"status": {"allocatable": {"cpu": "16", "memory": "120Gi", "ephemeral-storage": "9Ti"}}}
    assert [rule for rule, _ in serious(on(changed(halo=halo), tmp_path))] == ["cluster/no-gpu"]


@pytest.mark.parametrize(("resource", "fix"), [("amd.com/gpus", "use amd.com/gpu"), ("x.org/npu", "install the")])
def test_a_misspelt_device_is_reported_with_the_nearest_name(run: Run, resource: str, fix: str) -> None:
    [found] = run(f"rocm: {{gpuResource: {resource}}}")
    assert (found.rule, found.fix.startswith(fix)) == ("cluster/no-gpu", True)


@pytest.mark.parametrize(
    ("has", "fix"),
    [
        ({}, "install AMD's device plugin, or set gpuAccess: privileged and renderGroup"),
        ({"nvidia.com/gpu": "1"}, "move the entry to gpu.nodes with accelerator: cuda"),
    ],
)
def test_the_advice_for_a_missing_gpu_follows_from_what_the_node_has(
    tmp_path: Path, has: dict[str, str], fix: str
) -> None:
    halo = {"status": {"allocatable": {"cpu": "16", "memory": "120Gi", "ephemeral-storage": "9Ti", **has}}}
    found = [finding for finding in on(changed(halo=halo), tmp_path) if finding.rule == "cluster/no-gpu"]
    assert [finding.fix for finding in found] == [fix]


@pytest.mark.parametrize(
    ("version", "access", "reported"),
    [
        ("v1.36.3+k3s1", "devicePlugin", True),
        ("v1.36.3+k3s1", "privileged", True),
        ("v1.36.3", "devicePlugin", False),
        ("v1.36.3+rke2r1", "privileged", False),
    ],
)
def test_only_k3s_needs_the_runtime_class_for_each_nvidia_gpu(
    tmp_path: Path, version: str, access: str, reported: bool
) -> None:
    status = {
        "allocatable": {"cpu": "24", "memory": "62Gi", "nvidia.com/gpu": "1"},
        "nodeInfo": {"kubeletVersion": version},
    }
    values = f"gpu: {{nodes: {{small: {{serve: [chat], gpuAccess: {access}}}}}}}"
    small = {"metadata": {"name": "small", "labels": {"kubernetes.io/arch": "amd64"}}, "status": status}
    found = [rule for rule, _ in serious(on(changed(small=small), tmp_path, values))]
    assert ("cluster/no-runtime-class" in found) == reported


def test_a_plugin_that_found_no_gpu_is_reported_as_such(tmp_path: Path) -> None:
    halo = {"status": {"allocatable": {"cpu": "16", "memory": "120Gi", "ephemeral-storage": "9Ti", "amd.com/gpu": "0"}}}
    [(_, message)] = serious(on(changed(halo=halo), tmp_path))
    assert "but node halo has none" in message


TWO_FREE = """
litellm: {resources: {requests: {memory: 3Gi}, limits: {memory: 9Gi}}}
openwebui: {mode: standalone, resources: {requests: {memory: 8Gi}, limits: {memory: 9Gi}}}
"""


def room(*memory: str) -> ClusterFacts:
    """Nodes without taints, of these sizes and in this order, for pods that may run anywhere."""
    facts = read_facts(HERE / "cluster.yaml")
    status = [{"allocatable": {"cpu": "4", "memory": size}} for size in memory]
    nodes = [{"kind": "Node", "metadata": {"name": f"n{at}"}, "status": amounts} for at, amounts in enumerate(status)]
    return ClusterFacts("c", {**facts.objects, "Node": [*facts.of_kind("Node")[:2], *nodes]})


def test_every_insufficient_resource_is_reported_with_what_is_left(run: Run) -> None:
    found = run("rocm: {gpuCount: 2, resources: {requests: {memory: 200Gi, cpu: 40}}}")
    assert [finding.rule for finding in found] == ["cluster/no-gpu", "cluster/too-little"]
    said = "requests 200Gi of memory and 40 of cpu; left on node halo: 120Gi of 120Gi memory, 16 of 16 cpu"
    assert said in found[1].message


def test_a_pod_of_this_name_in_another_namespace_belongs_to_another_release(run: Run) -> None:
    assert run("rocm: {}", cluster=POD % ("a", "ai-server")) == []
    assert [finding.rule for finding in run("rocm: {}", cluster=POD % ("a", "test"))] == ["cluster/too-little"]


def test_a_node_that_holds_no_more_pods_is_full(tmp_path: Path) -> None:
    halo = {"status": {"allocatable": {"pods": "0", "amd.com/gpu": "1"}}}
    [(rule, message)] = serious(on(changed(halo=halo), tmp_path))
    assert (rule, "left on node halo: 0 of 0 pods" in message) == ("cluster/too-little", True)


def test_a_container_without_an_image_is_one_finding(run: Run) -> None:
    found = run("rocm: {pod: {extraInitContainers: [{name: x, command: [sh]}]}}")
    reported = {(finding.rule, finding.key) for finding in found} - {
        ("security/weak-pod", "rocm.pod.extraInitContainers[0]")
    }
    assert reported == {("kubernetes/image-name", "rocm.pod.extraInitContainers[0]")}


def test_a_toleration_with_the_wrong_value_is_reported_once(run: Run) -> None:
    wrong = '{key: rocm-inference, operator: Equal, value: "yes", effect: NoSchedule}'
    assert [finding.rule for finding in run(f"rocm: {{pod: {{tolerations: [{wrong}]}}}}")] == ["cluster/taint"]


@pytest.mark.parametrize(
    ("host", "missing"),
    [
        ("ai-server-2.lan", False),
        ("ai-server-rocm-halo.other", False),
        ("ai-server-rocm-hola.ai-server.svc.cluster.local", True),
        ("ai-server-rocm-hola.ai-server", True),
    ],
)
def test_only_a_service_of_the_release_can_be_missing(run: Run, host: str, missing: bool) -> None:
    found = run(f"litellm: {{models: {{m: {{model: hosted_vllm/m, apiBase: 'http://{host}:8080/v1'}}}}}}")
    assert ("routes/dead-route" in {finding.rule for finding in found}) is missing


def test_an_invalid_address_stops_no_check(run: Run) -> None:
    run("litellm: {models: {m: {model: hosted_vllm/m, apiBase: 'http://ai-server-rocm-halo:80800/v1'}}}")
    assert [addresses.split(url) for url in ("http://[fe80::1/v1", "http://a:80800")] == [None, None]


CLASS = "  - {apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: kata}, handler: kata, scheduling: %s}\n"


@pytest.mark.parametrize(
    ("scheduling", "rules"),
    [
        ("{nodeSelector: {pool: a}}", ["cluster/taint"]),
        ("{nodeSelector: {pool: b}}", ["cluster/no-node-matches"]),
        ("{nodeSelector: {pool: a}, tolerations: [{operator: Exists}]}", []),
    ],
)
def test_what_a_runtime_class_says_of_nodes_counts(run: Run, scheduling: str, rules: list[str]) -> None:
    found = run("litellm: {pod: {runtimeClassName: kata}}", cluster=CLASS % scheduling)
    assert [finding.rule for finding in found] == rules


SIZES = [
    (["10Gi", "7Gi"], []),
    (["7Gi", "10Gi"], []),
    (["8Gi"], ["cluster/too-little"]),
    (["8Gi", "2Gi"], ["cluster/too-little"]),
]


@pytest.mark.parametrize(("sizes", "rules"), SIZES)
def test_pods_with_a_choice_of_nodes_are_placed_so_that_all_have_room(
    tmp_path: Path, sizes: list[str], rules: list[str]
) -> None:
    assert [rule for rule, _ in serious(on(room(*sizes), tmp_path, TWO_FREE))] == rules


MANY = "litellm: {replicas: %s, resources: {requests: {memory: 3Gi}, limits: {memory: 9Gi}}}\nopenwebui: {mode: standalone, resources: {requests: {memory: 1Gi}}}"


@pytest.mark.parametrize(
    ("replicas", "sizes", "severities"),
    [
        (50, ["4Gi"], ["error"]),
        (50, ["4Gi", "7Gi", "9Gi"], ["error"]),
        (100, ["290Gi", "290Gi"], ["error"]),
        (2, ["7Gi"], ["warning"]),
        (2, ["4Gi", "4Gi"], ["warning"]),
        (2, ["7Gi", "4Gi"], []),
        (2, ["10Gi"], []),
        (7, ["10Gi", "10Gi", "10Gi"], []),
    ],
)
def test_every_replica_needs_room_and_one_more_in_an_upgrade(
    tmp_path: Path, replicas: int, sizes: list[str], severities: list[str]
) -> None:
    found = [finding for finding in on(room(*sizes), tmp_path, MANY % replicas) if finding.severity != "not-checked"]
    assert [(finding.rule, finding.severity) for finding in found] == [
        ("cluster/too-little", severity) for severity in severities
    ]
    assert all(f"for each of {replicas} pods" in finding.message for finding in found)


def test_replicas_on_one_node_are_counted_as_well(tmp_path: Path) -> None:
    pinned = "litellm: {pod: {nodeSelector: {kubernetes.io/hostname: n0}}}"
    (tmp_path / "pinned.yaml").write_text(pinned)
    (tmp_path / "many.yaml").write_text(MANY % 3)
    files = [HERE / "base.yaml", tmp_path / "many.yaml", tmp_path / "pinned.yaml"]
    [(rule, message)] = serious(checks.run(files, room("8Gi", "64Gi")).findings)
    assert (rule, "left on node n0: 2Gi of 8Gi memory" in message) == ("cluster/too-little", True)


OTHER = "  - {apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: other}, spec: {nodeName: halo, %s}}\n"
BY_PLUGIN = "containers: [{name: a, resources: {limits: {amd.com/gpu: 1}}}]"
BY_DEVICE = (
    "volumes: [{name: k, hostPath: {path: /dev/kfd}}], containers: [{name: a, securityContext: {privileged: true}}]"
)


@pytest.mark.parametrize(
    ("name", "spec", "rules"),
    [
        ("whisper", BY_PLUGIN, ["cluster/gpu-shared"]),
        ("whisper", BY_DEVICE, ["cluster/gpu-shared"]),
        ("amdgpu-device-plugin-x1", BY_DEVICE, []),
        ("whisper", "containers: [{name: a, securityContext: {privileged: true}}]", []),
    ],
)
def test_another_pod_on_the_gpu_is_seen_however_it_got_it(run: Run, name: str, spec: str, rules: list[str]) -> None:
    assert [finding.rule for finding in run("rocm: {gpuAccess: privileged}", cluster=OTHER % (name, spec))] == rules


CLAIM = "  - {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: mine, namespace: %s}, spec: {accessModes: [ReadWriteOnce], storageClassName: local-path, resources: {requests: {storage: 1Gi}}}}\n"


@pytest.mark.parametrize(
    ("cluster", "name", "rules"),
    [
        ("", "mine", []),
        (CLAIM % "ai-server", "mine", []),
        (CLAIM % "other", "mine", ["kubernetes/missing-reference"]),
        (CLAIM % "other", "unknown", []),
        (CLAIM % "ai-server", "main", ["kubernetes/missing-reference"]),
    ],
)
def test_the_users_own_claim_is_looked_up(run: Run, cluster: str, name: str, rules: list[str]) -> None:
    found = run(f"openwebui: {{persistence: {{existingClaim: {name}}}}}", cluster=cluster)
    assert [finding.rule for finding in found] == rules


KEYS = """
global: {existingSecret: mine}
litellm: {models: {far: {model: hosted_vllm/far, apiBase: http://far.lan/v1, apiKeySecret: {name: far-key, key: token}}}}
"""


def secrets(*names: str) -> ClusterFacts:
    there = [{"kind": "Secret", "metadata": {"name": name, "namespace": "ai-server"}} for name in names]
    return ClusterFacts("live", {**changed().objects, "Secret": there})


def test_a_missing_secret_is_reported_with_the_command_that_creates_it(tmp_path: Path) -> None:
    model, rest = sorted(
        (finding for finding in on(secrets(), tmp_path, KEYS) if finding.rule == "kubernetes/missing-reference"),
        key=lambda finding: finding.line,
        reverse=True,
    )
    assert (model.severity, model.key) == ("warning", "litellm.models.far.apiKeySecret.name")
    assert model.fix == "kubectl --namespace ai-server create secret generic far-key --from-literal=token=..."
    assert (rest.severity, rest.key) == ("error", "global.existingSecret")
    assert "create secret generic mine --from-literal=BACKEND_API_KEY=... " in rest.fix


def test_secrets_that_are_there_are_fine_and_those_that_may_not_be_listed_are_not_checked(tmp_path: Path) -> None:
    there = on(secrets("mine", "far-key"), tmp_path, KEYS)
    assert [finding for finding in there if finding.rule == "kubernetes/missing-reference"] == []
    unknown = [finding for finding in on(changed(), tmp_path, KEYS) if finding.rule == "kubernetes/missing-reference"]
    assert [(finding.severity, "far-key and" in finding.message) for finding in unknown] == [("not-checked", True)]


def test_a_secret_for_pulling_images_is_made_by_another_command(tmp_path: Path) -> None:
    found = on(secrets(), tmp_path, "global: {pod: {imagePullSecrets: [{name: regcred}]}}")
    [fix] = [finding.fix for finding in found if finding.rule == "kubernetes/missing-reference"]
    assert "create secret docker-registry regcred --docker-server=" in fix


def test_a_secret_whose_keys_are_variables_is_made_of_a_file(tmp_path: Path) -> None:
    found = on(secrets(), tmp_path, "openwebui: {envFrom: [{secretRef: {name: oidc}}]}")
    [finding] = [finding for finding in found if finding.rule == "kubernetes/missing-reference"]
    assert finding.key == "openwebui.envFrom[0].secretRef.name"
    assert finding.fix.endswith("create secret generic oidc --from-env-file=...")


def test_an_entry_of_one_node_needs_another_image(run: Run) -> None:
    (finding,) = run("thor: {comfyui: {image: {repository: docker.io/yanwk/comfyui-boot, tag: cu130-slim-v2}}}")
    assert finding.fix == "set comfyui.image to one for arm64, or comfyui.enabled: false"


def test_a_pod_without_a_node_may_be_kept_on_those_of_its_image(run: Run) -> None:
    allocatable = "{cpu: '4', memory: 8Gi, ephemeral-storage: 50Gi}"
    nas = f"{{metadata: {{name: nas, labels: {{kubernetes.io/arch: amd64}}}}, status: {{allocatable: {allocatable}}}}}"
    values = "litellm: {image: {repository: a.lan/litellm, tag: v1.108.14, platforms: [arm64]}}"
    (finding,) = run(values, cluster=f"  - {{apiVersion: v1, kind: Node, {nas[1:]}\n")
    assert finding.fix == "set pod.nodeSelector: {kubernetes.io/arch: arm64}, or set image to one for amd64"


def test_a_node_that_does_not_exist_is_one_of_those_that_can_run_the_pod(run: Run) -> None:
    (finding,) = run("rocm: {nodes: {halo: {node: strix, resources: {requests: {memory: 60Gi}}}}}")
    assert finding.fix == "perhaps use halo, the only node that can run it"


def test_a_node_of_another_processor_cannot_run_the_pod(run: Run) -> None:
    pc = "metadata: {name: pc, labels: {kubernetes.io/arch: amd64}}, status: {allocatable: {cpu: '16', memory: 122Gi}}"
    found = run("thor: {nodes: {thor: {node: jetson}}}", cluster=f"  - {{apiVersion: v1, kind: Node, {pc}}}\n")
    assert [finding.fix for finding in found] == ["perhaps use thor, the only node that can run it"]


def test_a_taint_of_a_single_node_is_tolerated_in_its_entry(run: Run) -> None:
    values = "gpu: {models: {a: {file: a.gguf}}, nodes: {box: {gpuAccess: privileged, renderGroup: 991}}}"
    node = "metadata: {name: box, labels: {kubernetes.io/arch: amd64}}, status: {allocatable: {memory: 64Gi}}"
    taint = "spec: {taints: [{key: ours, value: ai, effect: NoSchedule}]}"
    found = run(values, cluster=f"  - {{apiVersion: v1, kind: Node, {node}, {taint}}}\n")
    wanted = "{key: ours, operator: Equal, value: ai, effect: NoSchedule}"
    assert f"set gpu.nodes.box.pod.tolerations: [{wanted}], or choose another node" in [f.fix for f in found]
