"""The scheduler agrees: check reports a pod exactly when kube-scheduler finds no node for it."""

import json
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from ai_server.helm.render import render_unvalidated
from ai_server.kube.manifests import Manifests
from tests.agreement.kube_scheduler import KubeScheduler, Outcome
from tests.agreement.proof import Result, Suite
from tests.agreement.random_clusters import Case, case
from tests.agreement.verdicts import unplaced

SUITE = Suite(
    "kube-scheduler",
    "Random clusters (sizes, taints, labels, GPUs, processors, cordoned nodes) and random values for them (nodes, pools,"
    " replicas, requests, selectors, tolerations, affinity, spread), with the pods in a cluster with the real"
    " kube-scheduler. `check` must report a workload exactly when one of its pods finds no node. Where several pods"
    " compete for the same room, one of them must be reported.",
    "workloads",
    few=18,
    full=500,
)
SEED = 20261126
BATCH = 50
"""The releases that are scheduled at a time, each on its own nodes."""


def releases() -> Any:
    """Each case that the chart accepts, with its objects."""
    for number in count():
        made = case(SEED, number)
        rendered = render_unvalidated(made.values)
        if rendered.manifests is not None and not rendered.refusals:
            yield made, rendered.manifests


def compare(result: Result, made: Case, manifests: Manifests, outcomes: dict[str, Outcome], file: Path) -> None:
    """Counts each workload of a release."""
    file.write_text(json.dumps(made.values))
    said = unplaced(made, [file], manifests)
    without = {name for name, outcome in outcomes.items() if not outcome.fits}
    short = without - said["placement"]
    reported = said["room"] - said["placement"]
    for name in outcomes:
        example = f"case {made.number}: {name}: {outcomes[name]}, reported: {dict(said)}"
        if name in said["placement"] and name not in without:
            result.disagree("stricter: no node is possible", example)
        elif name in short and not reported | said["perhaps"]:
            result.disagree("missed: no room, or too few nodes", example)
        elif name in reported and not short:
            result.disagree("stricter: no room, or too few nodes", example)
        else:
            result.agree()


def test_check_reports_the_pods_that_stay_pending(
    kubeconfig: Path, tmp_path: Path, kubernetes_version: str, cases: Any, judge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_SERVER_TRACEBACK", "1")
    result = Result(SUITE, {"kube-scheduler": kubernetes_version})
    result.of = f"{cases(SUITE)} clusters"
    scheduler, unplaceable = KubeScheduler(kubeconfig), 0
    made = islice(releases(), cases(SUITE))
    while batch := list(islice(made, BATCH)):
        for (one, manifests), outcomes in zip(batch, scheduler.outcomes(batch), strict=True):
            compare(result, one, manifests, outcomes, tmp_path / "values.json")
            unplaceable += sum(not outcome.fits for outcome in outcomes.values())
    assert result.compared / 10 < unplaceable < result.compared * 9 / 10, "both verdicts are frequent"
    judge(result)
