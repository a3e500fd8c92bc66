"""A mount of a volume that the pod does not have."""

from collections.abc import Iterator
from difflib import get_close_matches

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import identity

RULE = Rule(
    "A mount of a volume that the pod does not have",
    why="extraVolumeMounts of a container name volumes of its pod, which pod.extraVolumes adds. The API server refuses"
    " a mount without its volume.",
    wrong="rocm:\n  extraVolumeMounts: [{name: certificates, mountPath: /certificates}]",
    right="rocm:\n  extraVolumeMounts: [{name: certificates, mountPath: /certificates}]\n"
    "  pod: {extraVolumes: [{name: certificates, emptyDir: {}}]}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each mount whose volume is missing."""
    for pod in context.manifests.pods() if context.manifests else []:
        names = [each["name"] for each in pod.spec.get("volumes") or []]
        for container in pod.containers():
            for mount in container.get("volumeMounts") or []:
                context.count("mounts")
                if mount["name"] in names:
                    continue
                inner = (container["name"],) if container["name"] in ("vllm", "comfyui", "speech") else ()
                owner = origin(pod.owner) if container["name"] not in ("litellm", "openwebui") else (container["name"],)
                near = get_close_matches(mount["name"], names, n=1)
                fix = f"write {near[0]}" if near else f"add it to {owner[0] if owner else 'global'}.pod.extraVolumes"
                message = f'{identity(pod.owner)} has no volume "{mount["name"]}"'
                yield Found(context.setting(owner, *inner, "extraVolumeMounts"), message, fix)
