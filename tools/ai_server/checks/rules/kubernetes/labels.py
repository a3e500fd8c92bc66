"""Labels and annotations."""

import re
from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView, ValuesView
from ai_server.checks.rules.kubernetes.names import SUBDOMAIN
from ai_server.checks.subjects.nodes import entries
from ai_server.checks.subjects.per import per_object
from ai_server.checks.subjects.pods import ObjectSubject, PodSubject, objects, pods
from ai_server.checks.subjects.subject import Subject
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import HOSTNAME
from ai_server.reading.profiles import Keys

NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
MOST_BYTES = 256 * 1024
"""All annotations of an object together: apimachinery's TotalAnnotationSizeLimitB."""
KEY_FORM = "use domain/name or name"


@rule("kubernetes/label")
def labels(view: RenderView) -> Iterator[Violation]:
    """Looks at objects, pods and node selectors."""
    for item in objects(view):
        yield from _metadata(item, item.identity, item.object["metadata"], ("metadata",))
    for pod in pods(view):
        if pod.pod.metadata is not pod.workload.object["metadata"]:
            yield from _metadata(pod, pod.identity, pod.pod.metadata, ())
        yield from _labels(pod, pod.identity, pod.spec.get("nodeSelector") or {}, ("nodeSelector",))


@rule("kubernetes/overridden-selector")
def overridden_selectors(view: ValuesView) -> Iterator[Violation]:
    """Compares the node selectors of nodes' pods with the node or the labels that their entry names."""
    for entry in entries(view):
        name = view.get(*entry, "node") or entry[-1]
        placement = view.get(*entry, "selector") or {HOSTNAME: name}
        for owner in (entry, entry[:1], ("global",)):
            for label, value in (view.get(*owner, "pod", "nodeSelector") or {}).items():
                if placement.get(label, value) != value:
                    what = f"the entry {entry[-1]} selects {label}={placement[label]}, which wins over {value}"
                    keys = (*owner, "pod", "nodeSelector", label)
                    yield Violation(keys, what, "name the node in the entry, and remove this")


def _metadata(subject: Subject, identity: str, metadata: Object, field: Keys) -> Iterator[Violation]:
    yield from _labels(subject, identity, metadata.get("labels") or {}, (*field, "labels"))
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        if not _fits(key):
            keys = subject.written(*field, "annotations", key)
            yield Violation(keys, f'"{key}" is not a valid annotation key', KEY_FORM, at=identity)
    if sum(len(key.encode()) + len(str(value).encode()) for key, value in annotations.items()) > MOST_BYTES:
        yield Violation(subject.key, f"the annotations of {identity} exceed 256 KiB", "shorten them")


def _labels(subject: Subject, identity: str, labels: Object, field: Keys) -> Iterator[Violation]:
    for key, value in labels.items():
        if not _fits(key):
            yield Violation(subject.written(*field, key), f'"{key}" is not a valid label key', KEY_FORM, at=identity)
        elif not VALUE.fullmatch(str(value)):
            fix = "use at most 63 letters, digits, -, _ and .; an annotation accepts any text"
            message = f'"{str(value)[:70]}" is not a valid label value'
            yield Violation(subject.written(*field, key), message, fix, at=identity)


def _fits(key: str) -> bool:
    domain, slash, name = key.rpartition("/")
    return bool(NAME.fullmatch(name)) and (not slash or bool(SUBDOMAIN.fullmatch(domain)))


@rule("kubernetes/helm-annotation")
@per_object()
def orders_to_helm(item: ObjectSubject) -> Iterator[Violation]:
    """Looks at the user's annotations of objects; Helm ignores those of pods."""
    for key in () if item.extra else item.object["metadata"].get("annotations") or {}:
        keys = item.given("metadata", "annotations", key) if key.startswith("helm.sh/") else ()
        hook = key.startswith("helm.sh/hook")
        if keys and keys[-1] == key and (hook or (key == "helm.sh/resource-policy" and keys[0] == "global")):
            effect = "makes each of these objects a hook" if hook else "keeps every object after an uninstall"
            yield Violation(keys, f"{effect}: Helm obeys helm.sh/ annotations").remove()


@rule("kubernetes/selector")
def selectors(view: RenderView) -> Iterator[Violation]:
    """Compares the selector of each workload with all pods."""
    for pod in pods(view):
        selector = (pod.workload.spec.get("selector") or {}).get("matchLabels")
        if selector is not None:
            yield from _selected(pod, selector)


def _selected(pod: PodSubject, selector: dict[str, str]) -> Iterator[Violation]:
    if not selector.items() <= pod.pod.labels.items():
        yield Violation(pod.key, f"{pod.identity} does not select its own pods")
    for other in pod.view.manifests.labelled(selector):
        if other.owner is not pod.pod.owner:
            message = f"{pod.identity} also selects the pods of {ObjectSubject(pod.view, other.owner).identity}"
            yield Violation(pod.key, message)
