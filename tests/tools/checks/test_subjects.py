"""Rules about one container, pod or object; those of Kubernetes and of clusters name no component of the chart."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import RenderView
from ai_server.checks.rules import cluster, kubernetes, programs
from ai_server.checks.subjects.per import per_container, per_object, per_pod
from ai_server.checks.subjects.pods import ContainerSubject, ObjectSubject, PodSubject
from ai_server.kube.manifests import Manifests
from ai_server.reading.profiles import Values

COMPONENTS = {"rocm", "thor", "litellm", "openwebui", "open webui", "vllm", "comfyui", "speaches", "llama"}
OF_COMPONENTS = {"page_data", "gateway", "master_key", "model_paths", "presets", "programs", "providers"}
"""Modules of subjects that know a component or its program."""
POD = {"containers": [{"name": "one"}, {"name": "two"}], "initContainers": [{"name": "first"}]}
OBJECTS = [
    {"kind": "Deployment", "metadata": {"name": "a"}, "spec": {"template": {"spec": POD}}},
    {"kind": "Service", "metadata": {"name": "a"}, "spec": {}},
]


def files() -> Iterator[Path]:
    for package in (cluster, kubernetes):
        yield from sorted(Path(package.__path__[0]).glob("*.py"))


def names(file: Path) -> set[str]:
    """The components in the texts and the modules of subjects in the imports of a file."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    texts = [node.value.lower() for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    imports = {(node.module or "").rpartition(".")[2] for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name for name in COMPONENTS if any(name in text for text in texts)} | (OF_COMPONENTS & imports)


@pytest.mark.parametrize("file", list(files()), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_no_rule_on_kubernetes_or_clusters_names_a_component(file: Path) -> None:
    assert names(file) == set()


def test_a_rule_on_a_program_names_it() -> None:
    assert names(Path(programs.__path__[0]) / "storage.py") == {"page_data"}


@pytest.fixture
def view() -> RenderView:
    return RenderView(Values([], {}), manifests=Manifests(OBJECTS))


def test_a_rule_about_a_container_sees_each_of_them_and_counts_them(view: RenderView) -> None:
    @per_container
    def names(container: ContainerSubject) -> Iterator[Violation]:
        yield Violation((), container.name)

    view.rule = "kubernetes/name"
    assert [violation.message for violation in names(view)] == ["first", "one", "two"]
    assert view.counted == {"kubernetes/name": 3}


def test_a_rule_about_a_pod_sees_its_containers(view: RenderView) -> None:
    @per_pod
    def sizes(pod: PodSubject) -> Iterator[Violation]:
        yield Violation((), f"{pod.identity} {len(pod.containers)}")

    assert [violation.message for violation in sizes(view)] == ["Deployment/a 3"]


def test_a_rule_about_a_kind_of_object_sees_no_other(view: RenderView) -> None:
    @per_object("Service")
    def kinds(item: ObjectSubject) -> Iterator[Violation]:
        yield Violation((), item.identity)

    assert [violation.message for violation in kinds(view)] == ["Service/a"]
