"""A mount of a volume that the pod does not have."""

from collections.abc import Iterator
from difflib import get_close_matches

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import identity


@rule("kubernetes/mount-without-volume")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each mount whose volume is missing."""
    for pod in view.manifests.pods():
        names = [each["name"] for each in pod.spec.get("volumes") or []]
        for container in pod.containers():
            for mount in container.get("volumeMounts") or []:
                view.count("mounts")
                if mount["name"] in names:
                    continue
                inner = (container["name"],) if container["name"] in ("vllm", "comfyui", "speech") else ()
                owner = origin(pod.owner) if container["name"] not in ("litellm", "openwebui") else (container["name"],)
                near = get_close_matches(mount["name"], names, n=1)
                fix = f"write {near[0]}" if near else f"add it to {owner[0] if owner else 'global'}.pod.extraVolumes"
                message = f'{identity(pod.owner)} has no volume "{mount["name"]}"'
                yield Violation(view.setting(owner, *inner, "extraVolumeMounts"), message, fix)
