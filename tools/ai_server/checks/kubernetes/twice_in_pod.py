"""A name, path or port that is twice in one pod."""

from collections import Counter
from collections.abc import Iterator

from ai_server.checks.extras import extra
from ai_server.checks.findings import Context, Found, origin
from ai_server.checks.rules import Rule
from ai_server.manifests import Pod, identity

RULE = Rule(
    "A name or a path that is twice in one pod",
    why="The API server refuses a pod with two volumes or two containers of one name, and a container with two mounts"
    " at one path. The chart's own names count as well.",
    wrong="rocm:\n  pod:\n    extraVolumes: [{name: models, emptyDir: {}}]",
    right="rocm:\n  pod:\n    extraVolumes: [{name: more-models, emptyDir: {}}]",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each volume, container and mount that is there twice."""
    for pod in context.manifests.pods() if context.manifests else []:
        context.count("pods without repetition")
        yield from _names(context, pod, "extraVolumes", [each["name"] for each in pod.spec.get("volumes") or []])
        yield from _names(context, pod, "extraContainers", [each["name"] for each in pod.containers()])
        for container in pod.containers():
            paths = [mount["mountPath"].rstrip("/") for mount in container.get("volumeMounts") or []]
            for path in _twice(paths):
                keys = context.setting(origin(pod.owner), "extraVolumeMounts")
                if container["name"] in ("vllm", "comfyui", "speech"):
                    keys = context.setting(origin(pod.owner), container["name"], "extraVolumeMounts")
                elif container["name"] in ("litellm", "openwebui"):
                    keys = (container["name"], "extraVolumeMounts")
                message = f"{container['name']} of {identity(pod.owner)} has two mounts at {path}"
                added = [str(mount.get("mountPath", "")).rstrip("/") for mount in context.get(*keys) or []]
                at = (*keys, added.index(path)) if path in added else keys
                yield Found(at, message, "mount it elsewhere: the chart uses this path")


def _names(context: Context, pod: Pod, field: str, names: list[str]) -> Iterator[Found]:
    for name in _twice(names):
        keys = extra(context, origin(pod.owner), field, name)
        fix = "choose another name: the chart uses this one"
        yield Found(keys, f'"{name}" is there twice', fix, at=identity(pod.owner))


def _twice(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
