"""Annotations that break what an Ingress forwards to: the controllers and components that they matter for."""

from typing import Any

import pytest

from ai_server.checks import facts
from tests.at import at
from tests.tools.checks.conftest import Run

RULE = "kubernetes/ingress-annotation"
REWRITE = {"nginx.ingress.kubernetes.io/rewrite-target": "/"}
STRIP = {"konghq.com/strip-path": "true"}


def ingress(component: str, annotations: dict[str, str], **more: Any) -> dict[str, Any]:
    host = {"enabled": True, "host": "a.example.lan", "tlsSecret": "a", "annotations": annotations}
    return at(f"{component}.ingress", host | more)


@pytest.mark.parametrize(
    ("component", "annotations", "class_name", "reported"),
    [
        ("openwebui", REWRITE, "", True),
        ("litellm", REWRITE, "nginx-internal", True),
        ("litellm", REWRITE, "public", True),
        ("openwebui", REWRITE, "traefik", False),
        ("litellm", STRIP, "kong", True),
        ("openwebui", STRIP, "kong", False),
        ("litellm", {"konghq.com/strip-path": "false"}, "kong", False),
        ("litellm", {"nginx.ingress.kubernetes.io/backend-protocol": "HTTP"}, "nginx", False),
    ],
)
def test_an_annotation_counts_for_its_controller_and_component(
    run: Run, component: str, annotations: dict[str, str], class_name: str, reported: bool
) -> None:
    found = [finding for finding in run(ingress(component, annotations, className=class_name)) if finding.rule == RULE]
    assert [finding.key.partition(".annotations.")[0] for finding in found] == [f"{component}.ingress"] * reported


def test_an_ingress_of_ones_own_may_rewrite_its_own_paths(run: Run) -> None:
    spec = {"rules": [{"host": "a.lan", "http": {"paths": [{"path": "/", "pathType": "Prefix"}]}}]}
    item = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": spec}
    item["metadata"] = {"name": "mine", "annotations": REWRITE}
    assert RULE not in [finding.rule for finding in run({"extraObjects": [item]})]


def test_every_row_is_about_a_known_controller() -> None:
    table = facts.table("ingress_annotations")
    assert {row["controller"] for row in table["rows"]} <= set(table["controllers"])
