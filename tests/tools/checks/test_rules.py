"""Each rule is seen to fire, at the right line, and to stay silent."""

from pathlib import Path

import pytest

from ai_server import checks
from ai_server.checks import chart_messages, findings
from ai_server.cluster_facts import ClusterFacts, read_facts
from ai_server.manifests import Manifests
from ai_server.profiles import load
from tests.render.common import ROCM, THOR

CLUSTER = """
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Node, metadata: {name: halo, labels: {kubernetes.io/arch: amd64, pool: a}}, spec: {taints: [{key: rocm-inference, value: "true", effect: NoSchedule}]}, status: {allocatable: {cpu: "16", memory: 120Gi, amd.com/gpu: "1"}}}
  - {apiVersion: v1, kind: Node, metadata: {name: thor, labels: {kubernetes.io/arch: arm64}}, spec: {taints: [{key: cuda-inference, value: "true", effect: NoSchedule}]}, status: {allocatable: {cpu: "14", memory: 122Gi}}}
  - {apiVersion: v1, kind: Node, metadata: {name: small, labels: {kubernetes.io/arch: arm64}}, status: {allocatable: {cpu: "4", memory: 8Gi}}}
  - {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: local-path, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}, provisioner: x}
  - {apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: nvidia}, handler: nvidia}
  - {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: ai}, value: 1}
"""
POD = "  - {apiVersion: v1, kind: Pod, metadata: {name: %s, labels: %s}, spec: {nodeName: halo, containers: [{name: a, resources: {requests: %s}}]}}\n"


@pytest.fixture
def run(tmp_path: Path):
    """Findings, not-checked ones left out, on values texts and changes to the cluster file."""

    def check(*texts: str, cluster: str | None = CLUSTER, **options: str) -> list[checks.Finding]:
        files = []
        for index, text in enumerate(texts):
            files.append(tmp_path / f"v{index}.yaml")
            files[-1].write_text(text)
        facts = None
        if cluster is not None:
            (tmp_path / "cluster.yaml").write_text(cluster)
            facts = read_facts(tmp_path / "cluster.yaml")
        found, _ = checks.run(files, facts, **options)
        return [each for each in found if each.severity != "not-checked"]

    return check


def test_good_values_are_silent(run) -> None:
    assert run(ROCM, THOR) == []


FIRES = [
    ("values/duplicate-key", "rocm:\n  port: 1\n  port: 2\n", 3, "the key is there twice, first in line 2"),
    ("values/unknown-key", "rocm:\n  imagee: {}\n", 2, "unknown key; did you mean image?"),
    (
        "values/unknown-key",
        "rocm:\n  nodes:\n    halo:\n      rendergroup: 1\n",
        4,
        "did you mean renderGroup?",
    ),
    ("values/wrong-type", "rocm:\n  port: '8080'\n", 2, 'must be a whole number, this is the text "8080"'),
    ("values/wrong-type", "rocm:\n  deviceCheck: 'no'\n", 2, "must be true or false"),
    ("values/wrong-type", "openwebui:\n  image:\n    tag: 1.0\n", 3, "must be text, this is 1"),
    ("values/wrong-type", "rocm:\n  models:\n    chat:\n      file: on\n", 4, "must be text, this is true"),
    (
        "values/wrong-type",
        "rocm:\n  server: {nGpuLayers: {}}\n",
        2,
        "must be a whole number or one of all, auto",
    ),
    ("values/not-allowed", "rocm:\n  backend: cuda\n", 2, "must be one of rocm, vulkan"),
    ("values/not-allowed", "rocm:\n  port: 70000\n", 2, "must be at most 65535, this is 70000"),
    (
        "values/not-allowed",
        "thor:\n  vllm: {kvCacheMemory: 24GB}\n",
        2,
        "an amount of memory in Kubernetes' units",
    ),
    ("values/not-allowed", "rocm:\n  nodes:\n    Halo.lan: {}\n", 3, "a short name of lower-case letters"),
    (
        "values/not-allowed",
        "rocm:\n  models:\n    chat: {file: /abs.gguf}\n",
        3,
        "a path below global.modelsPath",
    ),
    ("values/missing", "rocm:\n  port:\n", 2, "is null, which deletes the default"),
    (
        "chart/does-not-fit",
        "rocm:\n  nodes:\n    halo:\n      serve: [zz]\n",
        4,
        'no model "zz" in rocm.models',
    ),
    ("chart/does-not-fit", "rocm:\n  nodes:\n    halo: {renderGroup: 0}\n", 3, "not given"),
    (
        "kubernetes/invalid-object",
        "global:\n  labels: {a: b}\nrocm:\n  resources: {limits: {memory: true}}\n",
        None,
        None,
    ),
    ("cluster/no-such-node", "rocm:\n  nodes:\n    halo:\n      node: halp\n", 4, 'no node named "halp" in'),
    (
        "cluster/no-node-matches",
        "rocm:\n  nodes:\n    halo: {selector: {pool: b}}\n",
        3,
        "has the labels pool=b",
    ),
    (
        "cluster/architecture",
        "litellm:\n  pod: {nodeSelector: {kubernetes.io/arch: s390x}}\n",
        1,
        "no node in",
    ),
    (
        "cluster/architecture",
        "rocm:\n  nodes:\n    halo: {node: thor}\n  pod: {tolerations: [{operator: Exists}]}\n  gpuAccess: privileged\n",
        3,
        "runs on amd64 only",
    ),
    (
        "cluster/taint",
        "rocm:\n  pod: {tolerations: []}\n",
        None,
        "does not tolerate rocm-inference=true:NoSchedule",
    ),
    ("cluster/no-gpu", "rocm:\n  gpuCount: 2\n", None, "asks for 2 of amd.com/gpu"),
    ("cluster/no-gpu", "rocm:\n  gpuResource: example.com/gpu\n", None, "which node halo does not have"),
    (
        "cluster/too-little",
        "rocm:\n  resources: {requests: {memory: 200Gi}}\n",
        None,
        "asks for 200Gi of memory",
    ),
    (
        "cluster/no-such-class",
        "openwebui:\n  persistence: {storageClass: fast}\n",
        None,
        "wants StorageClass fast",
    ),
    (
        "cluster/no-such-class",
        "global:\n  pod: {priorityClassName: urgent}\n",
        None,
        "wants PriorityClass urgent",
    ),
    (
        "cluster/no-such-class",
        "litellm:\n  pod: {runtimeClassName: gvisor}\n",
        None,
        "wants RuntimeClass gvisor",
    ),
]
FIRES = [each for each in FIRES if each[3] is not None]


@pytest.mark.parametrize(("rule", "values", "line", "message"), FIRES, ids=[f"{each[0]}-{each[3]}" for each in FIRES])
def test_the_rule_fires(run, rule: str, values: str, line: int | None, message: str) -> None:
    found = run(ROCM, THOR, values)
    assert rule in {each.rule for each in found}, found
    hit = next(each for each in found if each.rule == rule and message in each.message)
    assert line is None or (hit.line, Path(hit.file).name) == (line, "v2.yaml")
    assert len(found) <= 3


@pytest.mark.parametrize("word", ["regex", "pattern", "^", "instance", "dict", "str", "bool", "#/"])
def test_no_message_speaks_the_language_of_schemas(run, word: str) -> None:
    texts = [
        f"{each.message} {each.fix}"
        for rule, values, _, _ in FIRES
        if rule.startswith("values/")
        for each in run(ROCM, THOR, values)
    ]
    assert texts
    assert [text for text in texts if word in text.split()] == []


def test_a_finding_names_the_file_that_won(run) -> None:
    [found] = run(ROCM, "rocm: {backend: a}", "rocm: {backend: b}")
    assert Path(found.file).name == "v2.yaml"


def test_every_mistake_is_told_in_one_run_and_in_order(run) -> None:
    found = run("rocm:\n  prt: 1\n  backend: x\nthor:\n  podss: 1\n")
    assert [each.line for each in found] == [2, 3, 5]


def test_two_pods_that_want_the_only_gpu_are_noticed(run) -> None:
    [found] = run(ROCM, "rocm: {nodes: {second: {node: halo, renderGroup: 1}}}")
    assert (found.rule, "too little left of its 1" in found.message) == ("cluster/no-gpu", True)


def test_what_runs_on_the_node_already_counts(run) -> None:
    other = CLUSTER + POD % ("other", "{}", "{memory: 110Gi}")
    assert [each.rule for each in run(ROCM, cluster=other)] == ["cluster/too-little"]


def test_the_releases_own_pods_do_not_count_against_it(run) -> None:
    own = CLUSTER + POD % ("mine", "{app.kubernetes.io/instance: ai-server}", "{memory: 110Gi}")
    assert run(ROCM, cluster=own) == []


def test_a_missing_default_class_is_noticed(run) -> None:
    cluster = CLUSTER.replace('is-default-class: "true"', 'is-default-class: "false"')
    assert [each.rule for each in run(ROCM, cluster=cluster)] == ["cluster/no-such-class"]


def test_what_cannot_be_checked_is_said(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text(ROCM)
    found, _ = checks.run([tmp_path / "v.yaml"])
    assert ["no cluster was given" in each.message for each in found if each.severity == "not-checked"] == [True]


def context(objects: list[dict], tmp_path: Path) -> findings.Context:
    (tmp_path / "v.yaml").write_text(ROCM)
    return findings.Context(load([tmp_path / "v.yaml"]), Manifests(objects), ClusterFacts("nothing"))


def deployment(labels: dict, selector: dict, **spec: object) -> dict:
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "b"}], **spec}}
    body = {"selector": {"matchLabels": selector}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": body}


def service(selector: dict, target: object = "http") -> dict:
    spec = {"selector": selector, "ports": [{"port": 80, "targetPort": target}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}


@pytest.mark.parametrize(
    ("name", "objects", "rule"),
    [
        (
            "kubernetes_schema",
            [deployment({"a": "b"}, {"a": "b"}, nodeSelectr={})],
            "kubernetes/invalid-object",
        ),
        (
            "kubernetes_schema",
            [{"apiVersion": "apps/v9", "kind": "Deployment", "metadata": {"name": "x"}}],
            "kubernetes/invalid-object",
        ),
        ("selectors", [deployment({"a": "b"}, {"a": "c"})], "kubernetes/selector"),
        ("selectors", [service({"a": "b"})], "kubernetes/service-without-pods"),
        (
            "selectors",
            [deployment({"a": "b"}, {"a": "b"}), service({"a": "b"})],
            "kubernetes/service-without-pods",
        ),
        (
            "references",
            [deployment({}, {}, volumes=[{"name": "v", "configMap": {"name": "gone"}}])],
            "kubernetes/missing-reference",
        ),
    ],
)
def test_a_fault_of_the_chart_would_be_noticed(tmp_path: Path, name: str, objects: list[dict], rule: str) -> None:
    found = checks.rule(name)(context(objects, tmp_path))
    assert rule in {each.rule for each in found if each.severity == "error"}


def test_a_key_with_dots_in_a_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text("rocm: {models: {qwen2.5: {file: ''}}}")
    found = chart_messages.keys_of(findings.Context(load([tmp_path / "v.yaml"])), "rocm.models.qwen2.5.file")
    assert found == ("rocm", "models", "qwen2.5", "file")


def test_every_rule_is_seen_to_fire() -> None:
    fired = {each[0].split("/")[0] for each in FIRES}
    assert {"values", "chart", "cluster"} <= fired
    folder = Path(checks.__file__).parent
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__", "findings"}
    assert modules == {*checks.BEFORE_RENDER, *checks.AFTER_RENDER}


@pytest.mark.parametrize(
    ("program", "argument", "known"),
    [
        ("vllm", "--swap-space=4", False),
        ("vllm", "--max-model-length", False),
        ("vllm", "--enable_prefix_caching", True),
        ("vllm", "--max-model", True),
        ("vllm", "--no-enable-prefix-caching", True),
        ("comfyui", "--lowvram", True),
        ("comfyui", "--low-vram-mode", False),
    ],
)
def test_a_flag_that_the_program_does_not_know_is_noticed(run, program: str, argument: str, known: bool) -> None:
    found = run(ROCM, THOR, f"thor: {{{program}: {{extraArgs: ['{argument}']}}}}")
    assert [(each.rule, each.severity) for each in found] == ([] if known else [("programs/unknown-flag", "warning")])
