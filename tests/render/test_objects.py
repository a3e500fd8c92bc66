"""The common parts of all objects, and Ingresses."""

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from ai_server.generate import versions
from ai_server.helm import render
from ai_server.paths import CHART
from ai_server.reading import profiles
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
