"""Names of objects, and of the parts of a pod."""

import re
from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pods import ObjectSubject, PodSubject, objects, pods
from ai_server.kube.names import DOMAIN

SUBDOMAIN = re.compile(rf"(?=.{{1,253}}$){DOMAIN.pattern}")
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SERVICE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


@rule("kubernetes/name")
def names(view: RenderView) -> Iterator[Violation]:
    """Checks the names of objects, and those inside of pods."""
    for item in objects(view):
        yield from _of_object(item)
    for pod in pods(view):
        yield from _in_pod(pod)


def _of_object(item: ObjectSubject) -> Iterator[Violation]:
    form = SERVICE if item.object["kind"] == "Service" else SUBDOMAIN
    if not form.fullmatch(item.object["metadata"]["name"]):
        must = "start with a letter and have at most 63 characters" if form is SERVICE else "be a DNS name"
        keys = (*item.extra, "metadata", "name") if item.extra else item.key
        fix = "use lower-case letters, digits and -" if item.extra else "choose another release name, or a shorter key"
        yield Violation(keys, f"{item.identity}: the name must {must}", fix)
    namespace = str(item.object["metadata"].get("namespace") or "x")
    if item.extra and not LABEL.fullmatch(namespace):
        message, fix = f'"{namespace}" is not a valid name of a namespace', "use the name of one, or remove it"
        yield Violation((*item.extra, "metadata", "namespace"), message, fix, at=item.identity)


def _in_pod(pod: PodSubject) -> Iterator[Violation]:
    for field in ("containers", "initContainers", "volumes"):
        for index, part in enumerate(pod.spec.get(field) or []):
            name = part.get("name", "")
            if not LABEL.fullmatch(name):
                message, fix = f'"{name}" is not a valid name in {field}', "use lower-case letters, digits and - only"
                yield Violation(pod.written(field, index), message, fix, at=pod.identity)
