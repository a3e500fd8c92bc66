"""Classes that a release names, against those that the cluster has."""

from pathlib import Path

import pytest

from ai_server import checks
from ai_server.kube.cluster_facts import ClusterFacts, read_facts
from tests.tools.checks.conftest import HERE, Run

INGRESS = "litellm: {ingress: {enabled: true, host: ai.lan%s}}"
NO_DEFAULT = {"kind": "IngressClass", "metadata": {"name": "public"}}
OLD_WAY = ", annotations: {kubernetes.io/ingress.class: traefik}"


def on(tmp_path: Path, text: str, **classes: list[dict] | None) -> list[checks.Finding]:
    """The findings on the tests' cluster with other classes of some kinds; None: the file does not list the kind."""
    (tmp_path / "v.yaml").write_text(text)
    objects = {**read_facts(HERE / "cluster.yaml").objects, **classes}
    listed = {kind: items for kind, items in objects.items() if items is not None}
    return checks.run([HERE / "base.yaml", tmp_path / "v.yaml"], ClusterFacts("the cluster", listed)).findings


def test_a_misspelt_ingress_class_is_reported_with_the_nearest_name(run: Run) -> None:
    [found] = run(INGRESS % ", className: treafik")
    assert (found.rule, found.key, found.fix) == (
        "cluster/no-such-ingress-class",
        "litellm.ingress.className",
        "use traefik",
    )


@pytest.mark.parametrize(("values", "fixes"), [("", ["set className to one of: public"]), (OLD_WAY, [])])
def test_an_ingress_without_a_class_needs_a_default_or_the_old_annotation(
    tmp_path: Path, values: str, fixes: list[str]
) -> None:
    found = [finding for finding in on(tmp_path, INGRESS % values, IngressClass=[NO_DEFAULT]) if finding.fix]
    assert [(finding.severity, finding.fix) for finding in found] == [("warning", fix) for fix in fixes]


def test_an_ingress_without_a_class_gets_the_default(run: Run) -> None:
    assert run(INGRESS % "") == []


NAMED = [
    ("IngressClass", INGRESS % ", className: traefik", "install an Ingress controller"),
    ("IngressClass", INGRESS % "", "install an Ingress controller"),
    ("RuntimeClass", "rocm: {}", "install NVIDIA's container toolkit"),
    ("StorageClass", "rocm: {}", "install a provisioner"),
    ("PriorityClass", "global: {pod: {priorityClassName: ai}}", "create it"),
]


@pytest.mark.parametrize(("kind", "text", "fix"), NAMED)
def test_a_cluster_without_any_class_of_a_kind_is_an_answer(tmp_path: Path, kind: str, text: str, fix: str) -> None:
    found = [finding for finding in on(tmp_path, text, **{kind: []}) if finding.fix]
    assert {finding.rule for finding in found} == {f"cluster/no-such-{kind.removesuffix('Class').lower()}-class"}
    assert [finding for finding in found if not finding.fix.startswith(fix)] == []


@pytest.mark.parametrize(("kind", "text", "fix"), NAMED)
def test_classes_that_a_file_does_not_list_are_not_checked(tmp_path: Path, kind: str, text: str, fix: str) -> None:
    messages = [finding.message for finding in on(tmp_path, text, **{kind: None}) if finding.severity == "not-checked"]
    assert f"{kind}: the cluster lists none" in messages
