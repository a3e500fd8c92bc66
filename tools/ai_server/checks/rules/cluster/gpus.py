"""Rules about who uses which GPU."""

from collections import defaultdict
from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView, RenderView
from ai_server.checks.subjects.gpus import privileged, takes_gpu
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.pods import ContainerSubject, PodSubject, pods
from ai_server.kube.manifests import Object
from ai_server.reading.profiles import Keys

GPUS = ("amd.com/gpu", "nvidia.com/gpu")
GPU_DEVICES = ("/dev/kfd", "/dev/dri")
HELPERS = ("device-plugin", "dcgm", "exporter", "discovery", "toolkit", "validator", "driver", "operator", "labeller")
"""Words in the names of pods that see a GPU and do not use it: AMD's and NVIDIA's own, and monitoring."""


@rule("cluster/gpu-shared")
def users(view: ClusterView) -> Iterator[Violation]:
    """No two entries have one node alone, nor is it used by a GPU pod of others; reported at the second."""
    here = placement(view)
    found: defaultdict[str, list[PodSubject]] = defaultdict(list)
    for placed in here.placed:
        if takes_gpu(placed.pod.spec):
            view.count("pods that take a GPU")
            for node in placed.possible if placed.every or len(placed.possible) == 1 else []:
                found[node["metadata"]["name"]].append(placed.subject)
    strangers = {pod["spec"].get("nodeName"): pod["metadata"] for pod in here.others if _stranger(pod)}
    reported: set[Keys] = set()
    for name, together in sorted(found.items()):
        for pod in together:
            if pod.key in reported:
                continue
            if pod.key != together[0].key:
                reported.add(pod.key)
                yield _shared(pod, name, f"{together[0].identity}, which has it already")
            elif name in strangers:
                reported.add(pod.key)
                yield _shared(pod, name, f"pod {strangers[name].get('namespace', '')}/{strangers[name]['name']}")


def _shared(pod: PodSubject, node: str, other: str) -> Violation:
    message = f"{pod.identity} would share the GPU of node {node} with {other}"
    fix = "give it another node, or serve both models from one entry"
    return Violation(pod.key, message, fix, about=frozenset({"node", "selector"}))


def _stranger(pod: Object) -> bool:
    """Whether a pod of others works on the GPU: by a device plugin, by its devices, or as one of ours does."""
    name, spec = pod["metadata"]["name"], pod["spec"]
    containers = spec.get("containers") or []
    names = [name, *(str(container.get("name", "")) for container in containers)]
    if any(word in name for word in HELPERS for name in names):
        return False
    kinds = ("limits", "requests")
    amounts = [(container.get("resources") or {}).get(kind) or {} for container in containers for kind in kinds]
    if any(resource in GPUS for amount in amounts for resource in amount):
        return True
    paths = [str((volume.get("hostPath") or {}).get("path", "")) for volume in spec.get("volumes") or []]
    return takes_gpu(spec) or (any(path.startswith(GPU_DEVICES) for path in paths) and privileged(containers))


@rule("cluster/needless-runtime-class")
def runtimes(view: RenderView) -> Iterator[Violation]:
    """Only pods for such a GPU get NVIDIA's runtime class."""
    for_it = [pod for pod in pods(view) if any(_knows_nvidia(container) for container in pod.containers)]
    fix = f"write it at {for_it[0].component[0]}.pod.runtimeClassName alone" if for_it else "take it out"
    for pod in pods(view):
        if pod.pod.of_hook or pod in for_it or not str(pod.spec.get("runtimeClassName") or "").startswith("nvidia"):
            continue
        view.count("pods of NVIDIA's runtime class")
        if not any(_nvidia(container.container) for container in pod.containers):
            keys = pod.place("runtimeClassName")
            yield Violation(keys, "is NVIDIA's, and these pods use no NVIDIA GPU", fix, at=pod.identity)


def _knows_nvidia(container: ContainerSubject) -> bool:
    """Whether the chart itself says which GPUs of NVIDIA's a container sees, be it none."""
    names = [str(variable["name"]) for variable in container.container.get("env") or []]
    return any(name.startswith("NVIDIA_") and not container.given("env", name) for name in names)


def _nvidia(container: Object) -> bool:
    visible = {variable["name"]: variable.get("value", "") for variable in container.get("env") or []}
    resources = container.get("resources") or {}
    asked = [*(resources.get("limits") or {}), *(resources.get("requests") or {})]
    shown = visible.get("NVIDIA_VISIBLE_DEVICES", "void") not in ("void", "none", "")
    return shown or any(name.startswith("nvidia.com/") for name in asked)
