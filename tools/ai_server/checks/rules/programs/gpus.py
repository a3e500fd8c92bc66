"""Programs that cannot see their GPU, and two entries that share one."""

from collections import defaultdict
from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gpus import same_gpu, takes_gpu
from ai_server.checks.subjects.origins import origin
from ai_server.checks.subjects.programs import programs
from ai_server.kube.manifests import Object, Pod, identity
from ai_server.reading.profiles import Keys


@rule("programs/gpu-hidden")
def gpu_hidden(view: RenderView) -> Iterator[Violation]:
    """Checks the limits of each program, and the runtime class of a program that has no device plugin."""
    for server in programs(view, "llama-server", "vllm", "comfyui", "speaches"):
        if server.value("device") == "cpu":
            continue
        for name, amount in server.resources.get("limits", {}).items():
            if name.endswith("/gpu") and str(amount) == "0":
                keys = server.setting("resources", "limits", name)
                yield Violation(keys, "the pod requests no GPU").remove(": the chart requests one (gpuCount: 1)")
        by_runtime = view.effective(server.key, "gpuAccess") == "runtimeClass" and server.accelerator != "cpu"
        if by_runtime and not server.pod.spec.get("runtimeClassName"):
            message = "without a runtime class the pod cannot see the GPU"
            yield Violation(server.pod.place("runtimeClassName"), message, "set it to nvidia", at=server.program)


@rule("programs/gpu-twice")
def gpu_twice(view: RenderView) -> Iterator[Violation]:
    """Reports the second of two entries; with a cluster, only what cluster/gpu-shared does not report."""
    users: defaultdict[tuple[object, bool], list[Pod]] = defaultdict(list)
    for pod in view.manifests.running():
        exclusive = takes_gpu(pod.spec)
        if origin(pod.owner).key and not (exclusive and view.facts is not None):
            if any(container["name"] == "vllm" for container in pod.containers(init=False)):
                users[_target(pod.spec), True].append(pod)
            if exclusive:
                users[_target(pod.spec), False].append(pod)
    reported: set[Keys] = set()
    for (_, vllm), pods in sorted(users.items(), key=lambda item: not item[0][1]):
        # of two such entries, the one with the key node names the node of the other
        first, *others = sorted(pods, key=lambda pod: view.given(*origin(pod.owner).key, "node"))
        others = [pod for pod in others if vllm or same_gpu(first.spec, pod.spec)]
        for entry in (origin(pod.owner).key for pod in others):
            if entry != origin(first.owner).key and entry not in reported:
                reported.add(entry)
                node: Keys = (*entry, "node")
                what = "its vLLM would share the node with that of" if vllm else "it would share the GPU with"
                message = f"{what} {identity(first.owner)}, which uses the same node"
                about = frozenset({"node", "selector"})
                yield Violation(node if view.given(*node) else entry, message, about=about)


def _target(spec: Object) -> object:
    """What decides the node of a pod: the node's name, or all labels and the affinity."""
    labels: dict[str, str] = spec.get("nodeSelector") or {}
    return labels.get("kubernetes.io/hostname") or (tuple(sorted(labels.items())), repr(spec.get("affinity")))
