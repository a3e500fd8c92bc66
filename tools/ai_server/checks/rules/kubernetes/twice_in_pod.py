"""A name, path or port that is twice in one pod."""

from collections import Counter
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.extras import added, extra, folder, mount_key
from ai_server.checks.subjects.running import PROGRAMS
from ai_server.kube.manifests import Pod, identity

RULE = Rule(
    "A name, a path or a port that is twice in one pod",
    why="The API server refuses a pod with two volumes or two containers of one name, and a container with two mounts"
    " at one path. Containers of a pod share its ports: the second that listens at one ends. The chart's own names,"
    " paths and ports count as well.",
    wrong="rocm:\n  pod:\n    extraVolumes: [{name: models, emptyDir: {}}]",
    right="rocm:\n  pod:\n    extraVolumes: [{name: more-models, emptyDir: {}}]",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each volume, container and mount that is there twice."""
    for pod in context.manifests.pods() if context.manifests else []:
        context.count("pods without repetition")
        yield from _names(context, pod, "extraVolumes", [each["name"] for each in pod.spec.get("volumes") or []])
        yield from _names(context, pod, "extraContainers", [each["name"] for each in pod.containers()])
        yield from _ports(context, pod)
        for container in pod.containers():
            mounts = container.get("volumeMounts") or []
            for path in _twice([folder(mount) for mount in mounts]):
                same = [mount_key(context, pod, container, each) for each in mounts if folder(each) == path]
                keys = next((keys for keys in same if context.given(*keys)), same[0])
                message = f"there are two mounts at {path}"
                fix = "mount it elsewhere: the chart uses this path"
                yield Found(keys, message, fix, at=f"{container['name']} of {identity(pod.owner)}")


def _ports(context: Context, pod: Pod) -> Iterator[Found]:
    """A finding for each port of a container of the user's own that another container has."""
    first: dict[tuple[int, str], str] = {}
    for container in sorted(pod.containers(init=False), key=lambda each: each["name"] not in PROGRAMS):
        for port in container.get("ports") or []:
            key = (port.get("containerPort", 0), port.get("protocol", "TCP"))
            # the chart says it of its own programs: programs/port-taken
            if first.setdefault(key, container["name"]) != container["name"] and container["name"] not in PROGRAMS:
                keys = added(context, origin(pod.owner), container)
                message = f"{container['name']} listens at {key[0]}, as {first[key]} does"
                yield Found(keys, message, "let it listen at another port", at=identity(pod.owner))


def _names(context: Context, pod: Pod, field: str, names: list[str]) -> Iterator[Found]:
    for name in _twice(names):
        keys = extra(context, origin(pod.owner), field, name)
        fix = "choose another name: the chart uses this one"
        yield Found(keys, f'"{name}" is there twice', fix, at=identity(pod.owner))


def _twice(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
