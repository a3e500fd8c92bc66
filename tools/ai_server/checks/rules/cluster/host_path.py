"""A folder of the node that no model or cache belongs in."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from ai_server.checks.engine.keypaths import leaves, origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.extras import FOLDERS
from ai_server.kube.manifests import Pod, identity
from ai_server.reading.profiles import Keys

ALLOWED = ("/data", "/mnt", "/srv", "/media", "/opt", "/var/cache", "/var/lib/ai-server")
DEVICES = ("/dev/kfd", "/dev/dri")
"""The devices of a GPU."""


@rule("cluster/host-path")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each hostPath volume outside the list."""
    for pod in view.manifests.pods():
        for volume in pod.spec.get("volumes") or []:
            if "hostPath" not in volume:
                continue
            view.count("folders of nodes")
            path = PurePosixPath(volume["hostPath"].get("path") or "/")
            inside = any(path.is_relative_to(folder) for folder in ALLOWED) and ".." not in path.parts
            device = str(path) in DEVICES or path.is_relative_to("/dev/dri")
            if not inside and (not device or ".." in path.parts):
                keys = _written(view, pod, volume["name"], str(path))
                fix = f"take a folder below {', '.join(ALLOWED)}"
                yield Violation(keys, f"a pod would open the node's {path}", fix, at=identity(pod.owner))


def _written(view: RenderView, pod: Pod, volume: str, path: str) -> Keys:
    """Where the path stands in the values."""
    owner = origin(pod.owner)
    fields = (FOLDERS.get(volume, "path"), "path")
    places = [
        keys
        for keys, value in leaves(view.values.values)
        if keys[-1] in fields and isinstance(value, str) and str(PurePosixPath(value)) == path
    ]
    places.sort(key=lambda keys: (keys[: len(owner)] != owner, keys[:1] != owner[:1]))
    return places[0] if places else owner
