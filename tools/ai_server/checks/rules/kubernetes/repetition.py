"""Rules about what is there twice."""

from collections import Counter
from collections.abc import Iterable, Iterator

from ai_server.checks.engine.keypaths import dotted
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.per import per_pod
from ai_server.checks.subjects.pods import ContainerSubject, ObjectSubject, PodSubject, folder, objects


@rule("kubernetes/twice-in-pod")
@per_pod
def repetition(pod: PodSubject) -> Iterator[Violation]:
    """Volumes and containers have names of their own, mounts paths, and containers ports."""
    yield from _names(pod, [("volumes", index, volume["name"]) for index, volume in enumerate(pod.volumes)])
    yield from _names(pod, [(container.kind, container.index, container.name) for container in pod.containers])
    yield from _ports(pod)
    for container in pod.containers:
        yield from _paths(container)


def _names(pod: PodSubject, named: list[tuple[str, int, str]]) -> Iterator[Violation]:
    for name in _twice(name for *_, name in named):
        given = (pod.given(kind, index) for kind, index, other in named if other == name)
        message, fix = f'"{name}" is there twice', "choose another name: the chart uses this one"
        yield Violation(next(filter(None, given), pod.key), message, fix, at=pod.identity)


def _ports(pod: PodSubject) -> Iterator[Violation]:
    """Of the chart's own programs programs/port-taken says it."""
    first: dict[tuple[int, str], str] = {}
    containers = [container for container in pod.containers if container.kind == "containers"]
    for container in sorted(containers, key=lambda container: not container.program):
        for port in container.ports:
            taken = (port.get("containerPort", 0), port.get("protocol", "TCP"))
            if first.setdefault(taken, container.name) != container.name and not container.program:
                message = f"{container.name} listens at {taken[0]}, as {first[taken]} does"
                yield Violation(container.key, message, "let it listen at another port", at=pod.identity)


def _paths(container: ContainerSubject) -> Iterator[Violation]:
    paths = [folder(mount) for mount in container.mounts]
    for path in _twice(paths):
        places = [index for index, other in enumerate(paths) if other == path]
        given = (container.given("volumeMounts", index, *rest) for index in places for rest in ((), ("mountPath",)))
        message, fix = f"there are two mounts at {path}", "mount it elsewhere: the chart uses this path"
        at = f"{container.name} of {container.pod.identity}"
        yield Violation(next(filter(None, given), container.key), message, fix, at=at)


@rule("kubernetes/twice-in-release")
def names_of_objects(view: RenderView) -> Iterator[Violation]:
    """No two objects are of one kind and name."""
    first: dict[tuple[str, str, str], ObjectSubject] = {}
    for item in objects(view):
        view.count("objects against each other")
        group = item.object["apiVersion"].rpartition("/")[0]
        name = (group, item.identity, item.object["metadata"].get("namespace", view.namespace))
        if name in first:
            other = first[name].key
            message = f"{item.identity} is there twice: by {dotted(other)} and by {dotted(item.key)}"
            yield Violation(max(item.key, other, key=len), message, "rename one of the two nodes")
        first.setdefault(name, item)


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
