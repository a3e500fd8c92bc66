"""The users of each GPU."""

from collections import defaultdict
from collections.abc import Iterator

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView, RenderView
from ai_server.checks.subjects.cards import RESOURCES
from ai_server.checks.subjects.gpus import (
    BOTH_FIT,
    TWO_VLLM,
    privileged,
    same_gpu,
    share_by_design,
    takes_gpu,
    two_vllm,
)
from ai_server.checks.subjects.nodes import accelerator
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.pods import ContainerSubject, PodSubject, pods
from ai_server.kube.machines import guess
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import GPU_DEVICES, allocatable, kubelet
from ai_server.kube.scheduler import Scheduler
from ai_server.reading.profiles import Keys

GPUS = ("amd.com/gpu", "nvidia.com/gpu")
VENDORS = (*GPUS, "gpu.intel.com/xe", "gpu.intel.com/i915")
HELPERS = ("device-plugin", "dcgm", "exporter", "discovery", "toolkit", "validator", "driver", "operator", "labeller")
"""Words in the names of pods that see a GPU and do not use it: AMD's and NVIDIA's own, and monitoring."""


@rule("cluster/gpu-shared")
def users(view: ClusterView) -> Iterator[Violation]:
    """Compares the pods on each node, and those of others; reports the second."""
    layout = placement(view)
    by_node: defaultdict[str, list[PodSubject]] = defaultdict(list)
    for placed in layout.placed:
        if takes_gpu(placed.pod.spec):
            for node in placed.possible if placed.every or len(placed.possible) == 1 else []:
                by_node[node["metadata"]["name"]].append(placed.subject)
    outsiders = {pod["spec"].get("nodeName"): pod["metadata"] for pod in layout.others if _outsider(pod)}
    reported: set[Keys] = set()
    for name, sharing in sorted(by_node.items()):
        for index, pod in enumerate(sharing):
            if pod.key in reported:
                continue
            earlier = [other for other in sharing[:index] if other.key != pod.key and same_gpu(other.spec, pod.spec)]
            earlier.sort(key=lambda other: not two_vllm(other.spec, pod.spec))
            clash = next((other for other in earlier if not share_by_design(other.spec, pod.spec)), None)
            if clash:
                reported.add(pod.key)
                severity: Severity = "error" if two_vllm(clash.spec, pod.spec) else "warning"
                yield _shared(pod, name, f"{clash.identity}, which already uses it", severity)
            elif name in outsiders and not earlier:
                reported.add(pod.key)
                outsider = f"pod {outsiders[name].get('namespace', '')}/{outsiders[name]['name']}"
                yield _shared(pod, name, outsider, "warning")


def _shared(pod: PodSubject, node: str, other: str, severity: Severity) -> Violation:
    message = f"{pod.identity} would share the GPU of node {node} with {other}"
    fix = BOTH_FIT if severity == "warning" else TWO_VLLM
    return Violation(pod.key, message, fix, severity=severity, about=frozenset({"node", "selector"}))


def _outsider(pod: Object) -> bool:
    """Whether a pod outside the release uses the GPU: by device plugin, devices, or like one of ours."""
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
    """Looks for NVIDIA's runtime class on pods that do not use its GPUs."""
    with_nvidia = [pod for pod in pods(view) if any(_sets_nvidia(container) for container in pod.containers)]
    for pod in pods(view):
        if (
            pod.pod.of_hook
            or pod in with_nvidia
            or not str(pod.spec.get("runtimeClassName") or "").startswith("nvidia")
        ):
            continue
        if not _by_image(view, pod) and not any(_uses_nvidia(container) for container in pod.containers):
            keys = pod.place("runtimeClassName")
            message = "is for NVIDIA GPUs, which these pods do not use"
            severity: Severity | None = None
            if node := _of_another_vendor(view, pod):
                message, severity = (
                    f"is for NVIDIA GPUs, which node {node} does not have: the pods do not start",
                    "error",
                )
            fix = _without(pod, keys, with_nvidia)
            yield Violation(keys, message, fix, severity=severity, at=pod.identity)


def _without(pod: PodSubject, keys: Keys, with_nvidia: list[PodSubject]) -> str:
    """How to leave the class to the pods that need it: at the entry of this one, or at their component."""
    shared = any(other.place("runtimeClassName") == keys for other in with_nvidia)
    if shared and pod.key[1:2] == ("nodes",):
        return f'set {dotted(pod.key)}.pod.runtimeClassName: ""'
    section = with_nvidia[0].component[0] if with_nvidia else ""
    return f"set {section}.pod.runtimeClassName instead" if section and keys[0] != section else "remove it"


def _of_another_vendor(view: RenderView, pod: PodSubject) -> str:
    """The first node of a pod, if all of them have GPUs and none of these is NVIDIA's; "" otherwise."""
    nodes = Scheduler.of(view.facts, view.manifests).possible(pod.pod) if view.facts else []
    gpus = [[name for name, amount in allocatable(node).items() if name in VENDORS and amount] for node in nodes]
    other = all(names and not any(name.startswith("nvidia.com/") for name in names) for names in gpus)
    return str(nodes[0]["metadata"]["name"]) if nodes and other else ""


@rule("cluster/other-gpu")
def other_gpus(view: ClusterView) -> Iterator[Violation]:
    """Looks at privileged pods for AMD on nodes that show no GPU but NVIDIA's."""
    for placed in placement(view).placed:
        pod = placed.subject
        of_amd = RESOURCES.get(accelerator(view, pod.key)) == GPUS[0]
        if not of_amd or not takes_gpu(pod.spec) or pod.spec.get("runtimeClassName"):
            continue
        for node in placed.meant[:1]:
            machine = guess(node)
            if machine and machine.nvidia:
                message = (
                    f"{pod.identity} computes on an AMD GPU, but node {node['metadata']['name']} shows only NVIDIA's"
                )
                yield Violation(pod.key, message)


def _sets_nvidia(container: ContainerSubject) -> bool:
    """Whether the chart itself sets which NVIDIA GPUs a container sees, even if none."""
    return any(name.startswith("NVIDIA_") and not container.given("env", name) for name in container.env)


def _uses_nvidia(container: ContainerSubject) -> bool:
    if (container.container.get("resources") or {}).get("claims") and "NVIDIA_VISIBLE_DEVICES" in container.env:
        return True
    shown = container.env.get("NVIDIA_VISIBLE_DEVICES", "void") not in ("void", "none", "")
    return shown or _requests_nvidia(container)


@rule("cluster/no-runtime-class")
def default_runtime(view: ClusterView) -> Iterator[Violation]:
    """Looks at pods on NVIDIA GPUs of k3s: with runtimeClass they need the class on every cluster, with dra on none."""
    if "nvidia" not in view.facts.names("RuntimeClass"):
        return
    for placed in placement(view).placed:
        pod, by_image = placed.subject, _by_image(view, placed.subject)
        if pod.spec.get("runtimeClassName") or not (by_image or any(map(_requests_nvidia, pod.containers))):
            continue
        for node in [node for node in placed.meant if _of_k3s(node, with_gpu=by_image)][:1]:
            name, keys = node["metadata"]["name"], pod.place("runtimeClassName")
            message = f"not set, but node {name} runs k3s, whose default runtime adds no NVIDIA GPU"
            yield Violation(keys, message, at=pod.identity).use("nvidia")


def _by_image(view: RenderView, pod: PodSubject) -> bool:
    """Whether a pod is privileged and its image asks for all NVIDIA GPUs."""
    return accelerator(view, pod.key) == "cuda" and privileged(pod.spec.get("containers") or [])


def _requests_nvidia(container: ContainerSubject) -> bool:
    return any(name.startswith("nvidia.com/") for amounts in container.resources.values() for name in amounts)


def _of_k3s(node: Object, *, with_gpu: bool) -> bool:
    """Whether a node runs k3s and has an NVIDIA GPU, as far as its device plugin says."""
    has_gpu = with_gpu or any(name.startswith("nvidia.com/") for name in allocatable(node))
    return has_gpu and "+k3s" in kubelet(node)
