"""Pods against the Pod Security level that their namespace enforces."""

from pathlib import Path

import pytest

from ai_server import checks
from ai_server.kube.cluster_facts import ClusterFacts, read_facts
from tests.tools.checks.conftest import HERE, Run

LABELLED = "  - {apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {pod-security.kubernetes.io/%s: %s}}}\n"
NO_GPU = "rocm: {enabled: false}\nthor: {enabled: false}\nlitellm: {models: {a: {provider: ollama_chat, apiBase: http://a.lan:1}}}\n"
INIT = "litellm: {pod: {extraInitContainers: [{name: a, image: busybox:1.37, command: [ls]}]}}"


def admitted(found: list[checks.Finding]) -> list[checks.Finding]:
    return [finding for finding in found if finding.rule == "cluster/pod-security"]


@pytest.mark.parametrize(
    ("name", "label", "level", "rejects"),
    [
        ("ai-server", "enforce", "baseline", True),
        ("ai-server", "enforce", "restricted", True),
        ("ai-server", "enforce", "privileged", False),
        ("ai-server", "warn", "restricted", False),
        ("other", "enforce", "restricted", False),
    ],
)
def test_only_a_level_that_the_releases_own_namespace_enforces_counts(
    run: Run, name: str, label: str, level: str, rejects: bool
) -> None:
    found = run("rocm: {}", cluster=LABELLED % (name, label, level))
    assert [finding.rule for finding in found] == ["cluster/pod-security"] * rejects


def test_all_rejected_pods_are_one_finding_with_the_command_that_admits_them(run: Run) -> None:
    [found] = run("rocm: {}", cluster=LABELLED % ("ai", "enforce", "baseline"), namespace="ai")
    assert found.fix == "kubectl label namespace ai pod-security.kubernetes.io/enforce=privileged --overwrite"
    assert (
        "Deployment/ai-server-rocm-halo and 1 more: volume models is the node's folder /data/ai-models" in found.message
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("global: {modelsPath: /data/models}", "global.modelsPath"),
        (
            "litellm: {pod: {securityContext: {seccompProfile: {type: Unconfined}}}}",
            "litellm.pod.securityContext.seccompProfile",
        ),
    ],
)
def test_the_finding_is_at_the_key_of_the_first_reason(run: Run, text: str, key: str) -> None:
    [found] = admitted(run(text, cluster=LABELLED % ("ai-server", "enforce", "baseline")))
    assert found.key == key


def test_the_label_is_no_wider_than_the_pods_need(run: Run) -> None:
    [found] = admitted(run(NO_GPU, INIT, cluster=LABELLED % ("ai-server", "enforce", "restricted"), base=False))
    assert (found.key, "enforce=baseline" in found.fix) == ("litellm.pod.extraInitContainers[0]", True)


def test_namespaces_that_the_file_does_not_list_are_not_checked() -> None:
    objects = {kind: items for kind, items in read_facts(HERE / "cluster.yaml").objects.items() if kind != "Namespace"}
    [found] = admitted(checks.run([HERE / "base.yaml"], ClusterFacts("cluster.yaml", objects)).findings)
    assert (found.severity, "cluster.yaml lists no Namespaces" in found.message) == ("not-checked", True)


def test_pods_that_any_namespace_admits_need_no_namespace(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text(NO_GPU)
    objects = {"Node": read_facts(HERE / "cluster.yaml").of_kind("Node")}
    assert admitted(checks.run([tmp_path / "v.yaml"], ClusterFacts("cluster.yaml", objects)).findings) == []
