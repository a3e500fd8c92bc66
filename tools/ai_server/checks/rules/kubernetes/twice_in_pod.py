"""A name, path or port that is twice in one pod."""

from collections import Counter
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.extras import added, extra, folder, mount_key
from ai_server.checks.subjects.programs import PROGRAMS
from ai_server.kube.manifests import Pod, identity


@rule("kubernetes/twice-in-pod")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each volume, container and mount that is there twice."""
    for pod in view.manifests.pods():
        view.count("pods without repetition")
        yield from _names(view, pod, "extraVolumes", [each["name"] for each in pod.spec.get("volumes") or []])
        yield from _names(view, pod, "extraContainers", [each["name"] for each in pod.containers()])
        yield from _ports(view, pod)
        for container in pod.containers():
            mounts = container.get("volumeMounts") or []
            for path in _twice([folder(mount) for mount in mounts]):
                same = [mount_key(view, pod, container, each) for each in mounts if folder(each) == path]
                keys = next((keys for keys in same if view.given(*keys)), same[0])
                message = f"there are two mounts at {path}"
                fix = "mount it elsewhere: the chart uses this path"
                yield Violation(keys, message, fix, at=f"{container['name']} of {identity(pod.owner)}")


def _ports(view: RenderView, pod: Pod) -> Iterator[Violation]:
    """A finding for each port of a container of the user's own that another container has."""
    first: dict[tuple[int, str], str] = {}
    for container in sorted(pod.containers(init=False), key=lambda each: each["name"] not in PROGRAMS):
        for port in container.get("ports") or []:
            key = (port.get("containerPort", 0), port.get("protocol", "TCP"))
            # the chart says it of its own programs: programs/port-taken
            if first.setdefault(key, container["name"]) != container["name"] and container["name"] not in PROGRAMS:
                keys = added(view, origin(pod.owner), container)
                message = f"{container['name']} listens at {key[0]}, as {first[key]} does"
                yield Violation(keys, message, "let it listen at another port", at=identity(pod.owner))


def _names(view: RenderView, pod: Pod, field: str, names: list[str]) -> Iterator[Violation]:
    for name in _twice(names):
        keys = extra(view, origin(pod.owner), field, name)
        fix = "choose another name: the chart uses this one"
        yield Violation(keys, f'"{name}" is there twice', fix, at=identity(pod.owner))


def _twice(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
