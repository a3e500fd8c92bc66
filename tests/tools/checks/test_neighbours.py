"""Pods that must be near to, apart from, or spread among others: reported if no node accepts one of them."""

import pytest

from tests.at import at, flow

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
TERM = "{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app.kubernetes.io/component: %s}}}"
NEAR = f"affinity: {{podAffinity: {{{REQUIRED}: [{TERM}]}}}}"
APART = f"affinity: {{podAntiAffinity: {{{REQUIRED}: [{TERM}]}}}}"
SPREAD = (
    "topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule,"
    " labelSelector: {matchLabels: {app.kubernetes.io/component: litellm}}%s}]"
)
SECOND = "  - {apiVersion: v1, kind: Node, metadata: {name: second, labels: {kubernetes.io/arch: arm64}}, status: {allocatable: {cpu: '4', memory: 8Gi}}}\n"


@pytest.mark.parametrize(
    ("pod", "cluster", "found"),
    [
        (APART % "litellm", "", True),
        (APART % "litellm", SECOND, False),
        (APART % "rocm", "", False),
        (NEAR % "litellm", "", False),
        (NEAR % "rocm", "", True),
        # three nodes with taints count as empty, so that the fourth may have one pod
        (SPREAD % "", "", True),
        (SPREAD % ", nodeTaintsPolicy: Honor", "", False),
        (SPREAD % ", nodeTaintsPolicy: Honor, minDomains: 2", "", True),
        (SPREAD.replace("maxSkew: 1", "maxSkew: 2") % "", "", False),
        (SPREAD.replace("DoNotSchedule", "ScheduleAnyway") % "", "", False),
    ],
)
def test_two_pods_find_nodes_next_to_the_others(run, pod: str, cluster: str, found: bool) -> None:
    values = at("litellm.pod", flow(pod), "litellm.replicas", 2, "openwebui.mode", "standalone")
    assert ("cluster/too-few-nodes" in [finding.rule for finding in run(values, cluster=cluster)]) == found


def test_a_pod_that_another_one_keeps_away_is_reported(run) -> None:
    values = at("litellm.pod", flow(APART % "openwebui"), "openwebui.mode", "standalone")
    [message] = [finding.message for finding in run(values) if finding.rule == "cluster/too-few-nodes"]
    assert "next to the other pods, because of where these must run" in message
