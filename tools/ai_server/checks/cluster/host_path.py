"""A folder of the node that no model or cache belongs in."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from ai_server.checks.findings import Context, Found, leaves, origin
from ai_server.checks.rules import Rule
from ai_server.manifests import Pod, identity
from ai_server.profiles import Keys

ALLOWED = ("/data", "/mnt", "/srv", "/media", "/opt", "/var/cache", "/var/lib/ai-server")
RULE = Rule(
    "A folder of the node that is not on the list",
    why="A hostPath volume opens a folder of the node to a container. Models and caches belong below"
    f" {', '.join(ALLOWED)}; the folders of the system and of people do not belong in a pod.",
    wrong="global:\n  modelsPath: /etc",
    right="global:\n  modelsPath: /mnt/models",
)
SETTINGS = {"models": "modelsPath", "vllm-cache": "cachePath", "comfyui-data": "dataPath"}


def check(context: Context) -> Iterator[Found]:
    """A finding for each hostPath volume outside the list."""
    for pod in context.manifests.pods() if context.manifests else []:
        for volume in pod.spec.get("volumes") or []:
            if "hostPath" not in volume:
                continue
            context.count("folders of nodes")
            path = PurePosixPath(volume["hostPath"]["path"])
            inside = any(path.is_relative_to(folder) for folder in ALLOWED) and ".." not in path.parts
            if not inside and not str(path).startswith("/dev/"):
                message = f"{identity(pod.owner)} would open the node's {path}"
                yield Found(_written(context, pod, str(path)), message, f"take a folder below {', '.join(ALLOWED)}")


def _written(context: Context, pod: Pod, path: str) -> Keys:
    """Where the path stands in the values."""
    owner = origin(pod.owner)
    places = [keys for keys, value in leaves(context.values.values) if str(value).rstrip("/") == path]
    places.sort(key=lambda keys: (keys[: len(owner)] != owner, keys[:1] != owner[:1]))
    return places[0] if places else owner
