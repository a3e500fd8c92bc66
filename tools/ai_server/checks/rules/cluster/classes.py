"""Priority classes, runtime classes and Ingress classes."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.classes import default_class, missing_class, one_of, unlisted
from ai_server.checks.subjects.pods import objects, pods
from ai_server.kube.manifests import Object
from ai_server.reading.profiles import Keys

BUILT_IN = {"PriorityClass": {"system-cluster-critical", "system-node-critical"}}


@rule("cluster/no-such-priority-class")
def priorities(view: ClusterView) -> Iterator[Violation]:
    """Looks for the priority class of each pod."""
    return _classes(view, "PriorityClass", "priorityClassName")


@rule("cluster/no-such-runtime-class")
def runtimes(view: ClusterView) -> Iterator[Violation]:
    """Looks for the runtime class of each pod."""
    return _classes(view, "RuntimeClass", "runtimeClassName")


def _classes(view: ClusterView, kind: str, field: str) -> Iterator[Violation]:
    """Looks for the class that a field of each pod names, in the cluster and in the release."""
    with_class = [pod for pod in pods(view) if pod.spec.get(field) and not pod.pod.of_hook]
    if with_class and not view.facts.knows(kind):
        yield unlisted(view.facts, kind)
        return
    default: dict[str, Keys] = {}
    for pod in with_class:
        name = pod.spec[field]
        known = name in BUILT_IN.get(kind, ()) or view.manifests.has(kind, name) or name in view.facts.names(kind)
        if not known:
            # a class that the chart chose is one problem for all pods
            keys = pod.given(field) or default.setdefault(name, pod.written(field))
            yield missing_class(view.facts, keys, pod.identity, name, kind)


@rule("cluster/no-such-ingress-class")
def ingress_classes(view: ClusterView) -> Iterator[Violation]:
    """Looks for the class of each Ingress, or for a default."""
    ingresses = objects(view, "Ingress")
    if ingresses and not view.facts.knows("IngressClass"):
        yield unlisted(view.facts, "IngressClass")
        return
    for ingress in ingresses:
        name, keys = ingress.spec.get("ingressClassName"), ingress.place("spec", "ingressClassName")
        if name and not (view.manifests.has("IngressClass", name) or name in view.facts.names("IngressClass")):
            yield missing_class(view.facts, keys, ingress.identity, name, "IngressClass")
        elif not (name or _class_by_annotation(ingress.object) or default_class(view.facts, "IngressClass")):
            message = f"{ingress.identity} names no class, and the cluster has no default: most controllers ignore it"
            fix = one_of(view.facts, "IngressClass", "set className to")
            yield Violation(keys, message, fix, severity="warning")


def _class_by_annotation(ingress: Object) -> bool:
    """Whether an Ingress names its class in the old way, which needs no IngressClass."""
    return "kubernetes.io/ingress.class" in (ingress["metadata"].get("annotations") or {})


@rule("cluster/runtime-class-clash")
def clashes(view: ClusterView) -> Iterator[Violation]:
    """Looks for a runtime class of that name that belongs to another release."""
    existing = {item["metadata"]["name"]: item for item in view.facts.of_kind("RuntimeClass")}
    for item in objects(view, "RuntimeClass"):
        name = item.object["metadata"]["name"]
        if name in existing and not _of_release(view, existing[name]):
            message = f"{view.facts.source} already has the RuntimeClass {name}, which does not belong to this release"
            yield Violation(item.place("metadata", "name"), message, "set it to false: the pods use the existing one")


def _of_release(view: ClusterView, item: Object) -> bool:
    """Whether an object belongs to this release, by Helm's annotations."""
    annotations = item["metadata"].get("annotations") or {}
    release = [annotations.get(f"meta.helm.sh/release-{of}") for of in ("name", "namespace")]
    return release == [view.release, view.namespace]
