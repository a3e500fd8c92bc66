"""Duplicates in a pod or a release."""

from collections import Counter
from collections.abc import Iterable, Iterator

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.per import per_pod
from ai_server.checks.subjects.pods import ContainerSubject, ObjectSubject, PodSubject, objects
from ai_server.kube.manifests import folder


@rule("kubernetes/twice-in-pod")
@per_pod
def repetition(pod: PodSubject) -> Iterator[Violation]:
    """Checks the names of volumes and containers, the paths of mounts, and the ports of containers."""
    yield from _names(pod, [("volumes", index, volume["name"]) for index, volume in enumerate(pod.volumes)])
    yield from _names(pod, [(container.kind, container.index, container.name) for container in pod.containers])
    yield from _ports(pod)
    for container in pod.containers:
        yield from _paths(container)
        for name in _duplicates(port["name"] for port in container.ports if port.get("name")):
            message, fix = f'{container.name} has two ports named "{name}"', "use a name for each"
            yield Violation(container.key, message, fix, at=pod.identity)


def _names(pod: PodSubject, named: list[tuple[str, int, str]]) -> Iterator[Violation]:
    for name in _duplicates(name for *_, name in named):
        given = (pod.given(kind, index) for kind, index, other in named if other == name)
        message, fix = f'duplicate name "{name}"', "use another name: the chart uses this one"
        yield Violation(next(filter(None, given), pod.key), message, fix, at=pod.identity)


def _ports(pod: PodSubject) -> Iterator[Violation]:
    """Ports of other containers than the chart's programs, which programs/port-taken reports."""
    first: dict[tuple[int, str], str] = {}
    containers = [container for container in pod.containers if container.kind == "containers"]
    for container in sorted(containers, key=lambda container: not container.program):
        for port in container.ports:
            port_key = (port.get("containerPort", 0), port.get("protocol", "TCP"))
            if first.setdefault(port_key, container.name) != container.name and not container.program:
                message = f"{container.name} listens on port {port_key[0]}, like {first[port_key]}"
                yield Violation(container.key, message, "use another port", at=pod.identity)


def _paths(container: ContainerSubject) -> Iterator[Violation]:
    paths = [folder(mount) for mount in container.mounts]
    for path in _duplicates(paths):
        indexes = [index for index, other in enumerate(paths) if other == path]
        given = (container.given("volumeMounts", index, *rest) for index in indexes for rest in ((), ("mountPath",)))
        message, fix = f"two mounts at {path}", "mount it elsewhere: the chart uses this path"
        mount_of = f"{container.name} of {container.pod.identity}"
        yield Violation(next(filter(None, given), container.key), message, fix, at=mount_of)


@rule("kubernetes/twice-in-release")
def names_of_objects(view: RenderView) -> Iterator[Violation]:
    """Compares the kinds and names of all objects."""
    first: dict[tuple[str, str, str], ObjectSubject] = {}
    for item in objects(view):
        group = item.object["apiVersion"].rpartition("/")[0]
        name = (group, item.identity, item.object["metadata"].get("namespace", view.namespace))
        if name in first:
            other = first[name].key
            message = f"{item.identity} exists twice: from {dotted(other)} and from {dotted(item.key)}"
            yield Violation(max(item.key, other, key=len), message, "rename one of the two nodes")
        first.setdefault(name, item)


def _duplicates(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
