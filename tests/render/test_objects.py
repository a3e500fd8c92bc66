"""The common parts of all objects, and Ingresses."""

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from ai_server.generate import versions
from ai_server.helm import render
from ai_server.paths import CHART
from ai_server.reading import profiles
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR

NGINX = {
    "nginx.ingress.kubernetes.io/proxy-body-size": "512m",
    "nginx.ingress.kubernetes.io/proxy-read-timeout": "77",
    "nginx.ingress.kubernetes.io/proxy-send-timeout": "77",
    "nginx.org/client-max-body-size": "512m",
    "nginx.org/proxy-read-timeout": "77s",
    "nginx.org/proxy-send-timeout": "77s",
}


@pytest.mark.parametrize(
    ("component", "timeout"),
    [("litellm", "routing: {timeoutSeconds: 77}"), ("openwebui", "generationTimeoutSeconds: 77")],
)
def test_an_nginx_ingress_waits_as_long_as_the_chart_does_and_takes_uploads(
    rendered: Rendered, component: str, timeout: str
) -> None:
    values = f"{component}: {{ingress: {{enabled: true, className: nginx}}, {timeout}}}"
    assert rendered(ROCM, values).get("Ingress", f"ai-server-{component}")["metadata"]["annotations"] == NGINX


def test_annotations_of_the_users_win_over_those_for_nginx(rendered: Rendered) -> None:
    own = "{nginx.ingress.kubernetes.io/proxy-body-size: 2g}"
    values = f"litellm: {{ingress: {{enabled: true, annotations: {own}}}}}"
    found = rendered(ROCM, values).get("Ingress", "ai-server-litellm")["metadata"]["annotations"]
    assert found["nginx.ingress.kubernetes.io/proxy-body-size"] == "2g"


def test_another_controller_gets_no_annotation_of_nginx(rendered: Rendered) -> None:
    values = "litellm: {ingress: {enabled: true, className: traefik}}"
    assert "annotations" not in rendered(ROCM, values).get("Ingress", "ai-server-litellm")["metadata"]


HOSTS = """
openwebui:
  ingress:
    enabled: true
    className: traefik
    host: chat.lan
    annotations: {a: lan, b: both}
    extraHosts: {chat.example.com: {className: public, tlsSecret: chat-tls, annotations: {a: net}}, gone.lan: {enabled: false}}
"""


def test_a_further_host_has_an_ingress_with_what_differs(rendered: Rendered) -> None:
    manifests = rendered(ROCM, HOSTS)
    main, further = manifests.of_kind("Ingress")
    assert (main["spec"]["ingressClassName"], main["metadata"]["annotations"]) == ("traefik", {"a": "lan", "b": "both"})
    assert further["metadata"]["name"] == "ai-server-openwebui-chat-example-com"
    assert (further["spec"]["ingressClassName"], further["spec"]["rules"][0]["host"]) == ("public", "chat.example.com")
    assert further["metadata"]["annotations"] == {"a": "net", "b": "both"}
    assert further["spec"]["tls"] == [{"hosts": ["chat.example.com"], "secretName": "chat-tls"}]


def test_a_host_that_is_only_in_the_further_ones_is_enough(rendered: Rendered) -> None:
    [ingress] = rendered(ROCM, "litellm: {ingress: {enabled: true, extraHosts: {api.lan: {}}}}").of_kind("Ingress")
    assert ingress["spec"]["rules"][0]["host"] == "api.lan"


def test_no_further_host_is_rendered_while_the_ingress_is_off(rendered: Rendered) -> None:
    assert rendered(ROCM, "litellm: {ingress: {extraHosts: {api.lan: {}}}}").of_kind("Ingress") == []


@pytest.mark.parametrize(
    ("issuer", "annotation"),
    [("clusterIssuer", "cert-manager.io/cluster-issuer"), ("issuer", "cert-manager.io/issuer")],
)
def test_cert_manager_gets_its_annotation_and_a_secret_for_each_host(
    rendered: Rendered, issuer: str, annotation: str
) -> None:
    hosts = {"*.example.com": {}, "own.lan": {"tlsSecret": "mine"}, "plain.lan": {"certManager": {issuer: ""}}}
    ingress = {"enabled": True, "className": "a", "host": "api.lan", "certManager": {issuer: "ca"}, "extraHosts": hosts}
    found = rendered(ROCM, at("litellm.ingress", ingress)).of_kind("Ingress")
    issued = [item for item in found if item["metadata"].get("annotations") == {annotation: "ca"}]
    secrets = {item["spec"]["tls"][0]["secretName"] for item in issued}
    assert secrets == {"api-lan-tls", "any-example-com-tls", "mine"}
    assert [item["spec"]["rules"][0]["host"] for item in found if "tls" not in item["spec"]] == ["plain.lan"]


@pytest.mark.parametrize("component", ["litellm", "openwebui"])
def test_a_load_balancer_gets_what_it_is_asked_for(rendered: Rendered, component: str) -> None:
    asked = {"loadBalancerClass": "tailscale", "loadBalancerIP": "10.0.0.9", "externalTrafficPolicy": "Local"}
    values = at(f"{component}.service", {"type": "LoadBalancer", "nodePort": 30040, **asked})
    spec = rendered(ROCM, values).get("Service", f"ai-server-{component}")["spec"]
    assert spec.items() >= asked.items()
    assert spec["ports"][0]["nodePort"] == 30040


def test_a_cluster_ip_gets_nothing_that_the_api_server_rejects(rendered: Rendered) -> None:
    asked = "loadBalancerClass: a, loadBalancerIP: 10.0.0.9, externalTrafficPolicy: Local, nodePort: 30040"
    spec = rendered(ROCM, f"litellm: {{service: {{{asked}}}}}").get("Service", "ai-server-litellm")["spec"]
    assert spec.keys() == {"type", "publishNotReadyAddresses", "ports", "selector"}
    assert spec["ports"] == [{"name": "http", "port": 4000, "targetPort": "litellm"}]


@pytest.mark.parametrize(
    ("values", "created", "used"),
    [
        ("{}", [], None),
        ("{create: true}", ["ai-server"], "ai-server"),
        ("{create: true, name: mine, annotations: {role: reader}}", ["mine"], "mine"),
        ("{name: mine}", [], "mine"),
    ],
)
def test_all_pods_use_one_service_account(
    rendered: Rendered, values: str, created: list[str], used: str | None
) -> None:
    manifests = rendered(ROCM, f"global: {{serviceAccount: {values}}}")
    assert [item["metadata"]["name"] for item in manifests.of_kind("ServiceAccount")] == created
    assert {pod.spec.get("serviceAccountName") for pod in manifests.pods()} == {used}


def test_a_component_may_use_another_service_account(rendered: Rendered) -> None:
    values = "{global: {serviceAccount: {create: true}}, rocm: {pod: {serviceAccountName: gpu}}}"
    found = {pod.name: pod.spec["serviceAccountName"] for pod in rendered(ROCM, values).pods()}
    assert (found["ai-server-rocm-halo"], found["ai-server-litellm"]) == ("gpu", "ai-server")


def test_the_service_account_gives_no_token_and_carries_its_annotations(rendered: Rendered) -> None:
    values = "global: {serviceAccount: {create: true, annotations: {role: reader}}, annotations: {all: '1'}}"
    account = rendered(ROCM, values).get("ServiceAccount", "ai-server")
    assert account["automountServiceAccountToken"] is False
    assert account["metadata"]["annotations"] == {"all": "1", "role": "reader"}


ROUTE = """
%s:
  httpRoute:
    enabled: true
    parentRefs: [{name: lan, namespace: gateways}, {name: public, namespace: gateways, sectionName: https}]
    hostnames: [ai.lan, ai.example.com]
"""


@pytest.mark.parametrize(
    ("component", "port", "paths"), [("litellm", 4000, ["/v1", "/health/liveliness"]), ("openwebui", 80, ["/"])]
)
def test_a_route_has_several_gateways_and_no_limit_on_streams(
    rendered: Rendered, component: str, port: int, paths: list[str]
) -> None:
    spec = rendered(ROCM, ROUTE % component).get("HTTPRoute", f"ai-server-{component}")["spec"]
    assert [parent["name"] for parent in spec["parentRefs"]] == ["lan", "public"]
    [rule] = spec["rules"]
    assert [match["path"] for match in rule["matches"]] == [{"type": "PathPrefix", "value": path} for path in paths]
    assert rule["backendRefs"] == [{"name": f"ai-server-{component}", "port": port}]
    assert rule["timeouts"] == {"request": "0s"}


def test_a_route_without_timeouts_leaves_them_to_the_gateway(rendered: Rendered) -> None:
    route = rendered(ROCM, ROUTE % "litellm", 'litellm: {httpRoute: {timeouts: {request: ""}}}').of_kind("HTTPRoute")
    assert "timeouts" not in route[0]["spec"]["rules"][0]


RULES = """
extraObjects:
  - apiVersion: monitoring.coreos.com/v1
    kind: PrometheusRule
    metadata: {name: ai}
    spec: {groups: [{name: a, rules: [{alert: Down, expr: up == 0, annotations: {summary: "{{ $labels.pod }} is down"}}]}]}
"""


def test_extra_objects_are_rendered_as_they_are_written(rendered: Rendered) -> None:
    assert rendered(ROCM, RULES).get("PrometheusRule", "ai") == yaml.safe_load(RULES)["extraObjects"][0]


def test_every_object_carries_the_version_of_one_chart(rendered: Rendered) -> None:
    values = "{openwebui: {mode: standalone, ingress: {enabled: true}}, litellm: {ingress: {enabled: true}}}"
    labels = {item["metadata"]["labels"]["helm.sh/chart"] for item in rendered(ROCM, THOR, values)}
    assert labels == {f"ai-server-{version('ai-server')}"}


def test_every_object_carries_a_new_version_after_a_bump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "values.yaml").write_text(ROCM)
    (tmp_path / "pyproject.toml").write_text('project = {version = "1.2.3+abc"}')
    monkeypatch.setattr(versions, "REPOSITORY", tmp_path)
    chart = shutil.copytree(CHART, tmp_path / "chart")
    monkeypatch.setattr(versions, "CHART", chart)
    for file, text in versions.chart_files().items():
        file.write_text(text)
    manifests = render.render(profiles.load([tmp_path / "values.yaml"]).values, chart=chart)
    # a + is allowed in a version and not in a label
    assert {item["metadata"]["labels"]["helm.sh/chart"] for item in manifests} == {"ai-server-1.2.3_abc"}
