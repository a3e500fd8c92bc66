"""The API server agrees: check reports an error exactly where it refuses what users may write freely."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ai_server import checks
from ai_server.errors import UserError
from ai_server.helm.render import render_unvalidated
from ai_server.kube.live import api_client, core
from ai_server.kube.manifests import Manifests
from ai_server.reading.profiles import load
from tests.agreement import odd_values
from tests.agreement.api_server import ApiServer
from tests.agreement.odd_values import Case
from tests.agreement.proof import Result, Suite

SUITE = Suite(
    "kube-apiserver",
    "Odd and invalid values in every field that users may write freely, rendered, and sent to a real API server as a dry"
    " run. `check` must report an error at the odd value exactly where the API server refuses an object, or a pod of a"
    " workload. Values that the chart's schema already rejects are not counted.",
    "values",
    few=40,
    full=1500,
)
SEED = 20261126
BASE = Path(__file__).with_name("base.yaml")
OF_API_SERVER = {
    *("field-value", "grace-period", "ingress-host", "invalid-object", "label", "mount-without-volume", "name"),
    *("node-port-taken", "quantity", "removed-api", "twice-in-pod"),
}
"""The rules of the category kubernetes that speak for the API server; others know more than it does."""
ABOUT_THE_VALUE = {*(f"kubernetes/{name}" for name in (*OF_API_SERVER, "image-name")), "programs/tiny-amount"}
"""The rules whose error at the odd value says that the API server refuses it."""
OF_TWO_FIELDS = {"kubernetes/grace-period", "kubernetes/mount-without-volume", "kubernetes/quantity"}
"""The rules that compare two fields, and report one of them: a limit below its request, or a mount without its volume."""


@pytest.fixture(scope="module")
def api_server(kubeconfig: Path) -> ApiServer:
    """The API server, with the namespace and the accounts that the values name."""
    client = core(api_client(kubeconfig))
    client.create_namespace({"metadata": {"name": "ai-server"}})
    for name in ("my-account", "ai-server"):
        client.create_namespaced_service_account("ai-server", {"metadata": {"name": name}})
    return ApiServer(kubeconfig, "ai-server")


def rendered(file: Path) -> Manifests | None:
    """The objects; None if Helm or the chart rejects the values."""
    try:
        made = render_unvalidated(load([BASE, file]).values)
    except UserError:
        return None
    return None if made.refusals else made.manifests


def written(case: Case, folder: Path) -> Path:
    file = folder / "case.yaml"
    file.write_text(json.dumps(case.values, ensure_ascii=False))
    return file


def compared(api_server: ApiServer, folder: Path, chosen: Iterator[Case]) -> Iterator[tuple[Case, str, str]]:
    """Each case that the schema accepts: why the API server refuses it, and what differs between it and check."""
    for case in chosen:
        file = written(case, folder)
        findings = checks.run([BASE, file]).findings
        if any(finding.severity == "error" and finding.rule.startswith("values/") for finding in findings):
            continue
        manifests = rendered(file)
        if manifests is not None:
            refusal = api_server.refusal(manifests)
            yield case, refusal, difference(case, refusal, findings)


def difference(case: Case, refusal: str, findings: list[checks.Finding]) -> str:
    """How check differs from the API server; "" if it does not."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if not refusal:
        return "stricter" if OF_API_SERVER & {error.rule.removeprefix("kubernetes/") for error in errors} else ""
    if any(error.rule in OF_TWO_FIELDS or is_about(case, error) for error in errors):
        return ""
    unknown = any("is not one of the kinds known here" in finding.message for finding in findings)
    return "not checked" if unknown else "missed"


def is_about(case: Case, error: checks.Finding) -> bool:
    """Whether an error says that the API server refuses the odd value."""
    return error.rule in ABOUT_THE_VALUE and case.concerns(error.key)


@pytest.mark.usefixtures("crash")
def test_valid_values_are_accepted_by_both(api_server: ApiServer, tmp_path: Path) -> None:
    answers = list(compared(api_server, tmp_path, odd_values.valid(SEED)))
    assert len(answers) > 40
    assert [(case.kind, refusal, differs) for case, refusal, differs in answers if refusal or differs] == []


@pytest.mark.usefixtures("crash")
def test_check_reports_what_the_api_server_refuses(
    api_server: ApiServer, tmp_path: Path, kubernetes_version: str, cases: Any, judge: Any
) -> None:
    result = Result(SUITE, {"kube-apiserver": kubernetes_version})
    for case, refusal, differs in islice(compared(api_server, tmp_path, odd_values.cases(SEED)), cases(SUITE)):
        if differs:
            result.disagree(f"{differs}: {case.field}", refusal or json.dumps(case.values))
        else:
            result.agree()
    judge(result)


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that crashes fails the test."""
    monkeypatch.setenv("AI_SERVER_TRACEBACK", "1")
