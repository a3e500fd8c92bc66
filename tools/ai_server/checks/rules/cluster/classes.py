"""Rules about priority classes and runtime classes."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.classes import unknown
from ai_server.checks.subjects.pods import objects, pods
from ai_server.kube.manifests import Object

BUILT_IN = {"PriorityClass": {"system-cluster-critical", "system-node-critical"}}


@rule("cluster/no-such-priority-class")
def priorities(view: ClusterView) -> Iterator[Violation]:
    """The priority class of each pod is there."""
    return _classes(view, "PriorityClass", "priorityClassName")


@rule("cluster/no-such-runtime-class")
def runtimes(view: ClusterView) -> Iterator[Violation]:
    """The runtime class of each pod is there."""
    return _classes(view, "RuntimeClass", "runtimeClassName")


def _classes(view: ClusterView, kind: str, field: str) -> Iterator[Violation]:
    """The class that a field of each pod names is in the cluster or in the release."""
    wanted = [pod for pod in pods(view) if pod.spec.get(field) and not pod.pod.of_hook]
    if wanted and not view.facts.knows(kind):
        yield not_checked(f"{kind}: {view.facts.source} lists none")
        return
    for pod in wanted:
        view.count("classes")
        name = pod.spec[field]
        known = name in BUILT_IN.get(kind, ()) or view.manifests.has(kind, name) or name in view.facts.names(kind)
        if not known:
            yield unknown(view.facts, pod.written(field), pod.identity, name, kind)


@rule("cluster/runtime-class-clash")
def clashes(view: ClusterView) -> Iterator[Violation]:
    """The cluster has no runtime class of that name, unless this release made it."""
    there = {item["metadata"]["name"]: item for item in view.facts.of_kind("RuntimeClass")}
    for item in objects(view, "RuntimeClass"):
        view.count("runtime classes")
        name = item.object["metadata"]["name"]
        if name in there and not _of_release(view, there[name]):
            message = f"{view.facts.source} has the RuntimeClass {name} already, and this release did not make it"
            yield Violation(item.place("metadata", "name"), message, "write false: the pods use the one that is there")


def _of_release(view: ClusterView, item: Object) -> bool:
    """Whether Helm says that the object is this release's."""
    annotations = item["metadata"].get("annotations") or {}
    said = [annotations.get(f"meta.helm.sh/release-{of}") for of in ("name", "namespace")]
    return said == [view.release, view.namespace]
