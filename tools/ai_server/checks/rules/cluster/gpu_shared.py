"""Two pods that would use one GPU at the same time."""

from collections import defaultdict
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.gpus import privileged, takes_gpu
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.kube.manifests import Object, identity

GPUS = ("amd.com/gpu", "nvidia.com/gpu")
GPU_DEVICES = ("/dev/kfd", "/dev/dri")
HELPERS = ("device-plugin", "dcgm", "exporter", "discovery", "toolkit", "validator", "driver", "operator", "labeller")
"""Words in the names of pods that see a GPU and do not use it: AMD's and NVIDIA's own, and monitoring."""


@rule("cluster/gpu-shared")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding at the second of two entries whose only node is the same, or is used by a GPU pod of others."""
    here = placement(view)
    users: defaultdict[str, list[Placed]] = defaultdict(list)
    for placed in here.placed:
        if takes_gpu(placed.pod.spec):
            view.count("pods that take a GPU")
            for node in placed.possible if placed.every or len(placed.possible) == 1 else []:
                users[node["metadata"]["name"]].append(placed)
    strangers = {pod["spec"].get("nodeName"): pod for pod in here.others if _stranger(pod)}
    told: set[tuple[str | int, ...]] = set()
    for name, both in sorted(users.items()):
        first = origin(both[0].pod.owner)
        for other in both:
            keys = origin(other.pod.owner)
            if keys in told:
                continue
            if keys != first:
                told.add(keys)
                yield _found(keys, other.pod.owner, name, f"{identity(both[0].pod.owner)}, which has it already")
            elif name in strangers:
                told.add(keys)
                stranger = strangers[name]["metadata"]
                yield _found(keys, other.pod.owner, name, f"pod {stranger.get('namespace', '')}/{stranger['name']}")


def _found(keys: tuple[str | int, ...], owner: Object, node: str, other: str) -> Violation:
    message = f"{identity(owner)} would share the GPU of node {node} with {other}"
    fix = "give it another node, or serve both models from one entry"
    return Violation(keys, message, fix, about=frozenset({"node", "selector"}))


def _stranger(pod: Object) -> bool:
    """Whether a pod of others works on the GPU: by a device plugin, by its devices, or as one of ours does."""
    name, spec = pod["metadata"]["name"], pod["spec"]
    containers = spec.get("containers") or []
    if any(word in each for word in HELPERS for each in (name, *(str(one.get("name", "")) for one in containers))):
        return False
    amounts = [(each.get("resources") or {}).get(kind) or {} for each in containers for kind in ("limits", "requests")]
    if any(resource in GPUS for amount in amounts for resource in amount):
        return True
    paths = [str((volume.get("hostPath") or {}).get("path", "")) for volume in spec.get("volumes") or []]
    return takes_gpu(spec) or (any(path.startswith(GPU_DEVICES) for path in paths) and privileged(containers))
