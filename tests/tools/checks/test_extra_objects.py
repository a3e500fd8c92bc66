"""Objects of extraObjects: they are checked like the chart's own, and a finding is at their own key."""

import json
from pathlib import Path

import pytest

from ai_server import checks
from ai_server.checks import facts
from ai_server.generate import kubernetes
from ai_server.kube.kubeversion import SUPPORTED
from tests.tools.checks.conftest import Run
from tests.tools.checks.test_cluster import on, secrets

NOT_OBJECTS = {"APIGroup", "APIVersions", "DeleteOptions", "Status", "WatchEvent"}
JOB = """
extraObjects:
  - apiVersion: batch/v1
    kind: CronJob
    metadata: {name: copy, annotations: {helm.sh/hook: post-install}}
    spec:
      schedule: "0 3 * * *"
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: Never
              securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
              containers:
                - name: openwebui
                  image: registry.lan/copy:1.0
                  imagePullPolicy: Sometimes
                  securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, readOnlyRootFilesystem: true}
"""
EXTERNAL = """
extraObjects:
  - apiVersion: external-secrets.io/v1
    kind: ExternalSecret
    metadata: {name: oidc}
    spec: {%s}
openwebui: {envFrom: [{secretRef: {name: %s}}]}
"""
ISSUER = """
extraObjects: [{apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {name: home}, spec: {selfSigned: {}}}]
litellm: {ingress: {enabled: true, host: api.lan, certManager: {issuer: home}}}
"""

BROKEN = [
    "apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, spec: {podSelector: {matchLabels: [a]}}",
    "apiVersion: networking.k8s.io/v1, kind: Ingress, spec: {rules: [{host: a.lan, http: [b]}]}",
    "apiVersion: v1, kind: PersistentVolumeClaim",
    "apiVersion: v1, kind: Service, spec: {selector: [a], ports: [b]}",
    "apiVersion: v1, kind: Secret, data: [a]",
    "apiVersion: v1, kind: Pod, spec: {containers: [a], nodeSelector: [b]}",
    "apiVersion: apps/v1, kind: Deployment, spec: {selector: {}, template: {spec: {containers: [{env: [a]}]}}}",
    "apiVersion: batch/v1, kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: {volumes: [a]}}}}}",
    "apiVersion: external-secrets.io/v1, kind: ExternalSecret, spec: {target: a}",
]


def test_a_finding_in_a_pod_is_at_its_field(run: Run) -> None:
    [found] = run(JOB)
    path = "spec.jobTemplate.spec.template.spec.containers[0].imagePullPolicy"
    assert (found.rule, found.key) == ("kubernetes/field-value", f"extraObjects[0].{path}")


def test_no_rule_crashes_at_an_object_without_the_form_of_its_kind(run: Run) -> None:
    # run raises what a rule raises
    objects = ", ".join(f"{{metadata: {{name: x{index}}}, {text}}}" for index, text in enumerate(BROKEN))
    found = {finding.key.split(".")[0] for finding in run(f"extraObjects: [{objects}]") if finding.severity == "error"}
    with_schema = {0, 1, 2, 3, 4, 5, 6}
    assert found >= {f"extraObjects[{index}]" for index in with_schema}


def test_a_reference_to_an_object_in_the_wrong_form_is_not_missing(run: Run) -> None:
    broken = "{apiVersion: v1, kind: ConfigMap, metadata: {name: mine}, data: [a]}"
    found = run(f"extraObjects: [{broken}]\nopenwebui: {{envFrom: [{{configMapRef: {{name: mine}}}}]}}")
    assert {finding.rule for finding in found} == {"kubernetes/invalid-object"}


def test_a_kind_that_is_not_known_is_not_checked(run: Run) -> None:
    found = [finding.message for finding in run(ISSUER, also="not-checked") if "Issuer" in finding.message]
    assert found == ["the fields of Issuer/home: Issuer in cert-manager.io/v1 is not one of the kinds known here"]


def test_the_kinds_of_kubernetes_are_those_of_its_schemas() -> None:
    kinds = facts.table("kinds")
    for name, known in kinds.items():
        # a schema for each kind, and no other kind in one of the supported versions
        assert {kind for api, kind in of_kubernetes() if api == name} - NOT_OBJECTS == set(known)


@pytest.mark.parametrize(
    ("api", "kind", "field"),
    [("v1", "Sevice", "kind"), ("extensions/v1beta1", "Thing", "apiVersion"), ("cert-manager.io/v1", "a b", "kind")],
)
def test_a_kind_that_cannot_exist_is_reported(run: Run, api: str, kind: str, field: str) -> None:
    [found] = run(f"extraObjects: [{{apiVersion: {api}, kind: {kind}, metadata: {{name: mine}}}}]")
    assert (found.rule, found.key) == ("kubernetes/removed-api", f"extraObjects[0].{field}")


def test_an_issuer_that_does_not_belong_to_the_release_is_not_checked(run: Run) -> None:
    found = run(ISSUER.replace("issuer: home", "clusterIssuer: home"), also="not-checked")
    assert "ClusterIssuer home does not belong to the chart: make sure that it exists" in [
        finding.message for finding in found
    ]


def test_what_does_not_belong_to_the_release_takes_one_line(run: Run) -> None:
    sources = "envFrom: [{secretRef: {name: one}}, {configMapRef: {name: two}}]"
    found = run(f"openwebui: {{{sources}}}", also="not-checked")
    lines = [finding.message for finding in found if "belong" in finding.message]
    assert lines == ["ConfigMap two and Secret one do not belong to the chart: make sure that they exist"]


def test_a_secret_that_a_controller_makes_is_not_missing(tmp_path: Path) -> None:
    for spec, name in (("", "oidc"), ("target: {name: other}", "other")):
        assert missing(on(secrets(), tmp_path, EXTERNAL % (spec, name))) == []
    assert missing(on(secrets(), tmp_path, EXTERNAL % ("", "another"))) == ["openwebui.envFrom[0].secretRef.name"]


def of_kubernetes() -> set[tuple[str, str]]:
    """The API version and kind of each object that a supported version of Kubernetes has, without lists."""
    folders = [kubernetes.schemas_of(version) for version in SUPPORTED]
    schemas = [json.loads(file.read_text()) for folder in folders for file in folder.glob("*-*.json")]
    named = [name for schema in schemas for name in schema.get("x-kubernetes-group-version-kind", [])]
    found = {(f"{name['group']}/{name['version']}".lstrip("/"), name["kind"]) for name in named}
    return {(api, kind) for api, kind in found if not kind.endswith("List")}


def missing(findings: list[checks.Finding]) -> list[str]:
    """The keys of the missing objects."""
    return [finding.key for finding in findings if finding.rule == "kubernetes/missing-reference" and finding.key]


def test_the_fix_of_a_policy_lets_the_gateway_and_the_controller_in(run: Run) -> None:
    policy = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {podSelector: {}}}"
    page = "openwebui: {url: 'http://chat.lan', ingress: {enabled: true, host: chat.lan}}"
    [fix] = [finding.fix for finding in run(f"extraObjects: [{policy}]\n{page}") if finding.rule == "routes/blocked"]
    assert ("{from: [{podSelector: {}}]}" in fix, "kube-system" in fix) == (True, True)
