"""Programs that cannot see their GPU, and two entries that share one."""

from collections import defaultdict
from collections.abc import Iterator

from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gpus import same_gpu, share_by_design, takes_gpu
from ai_server.checks.subjects.origins import origin
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.manifests import Object, Pod, identity
from ai_server.reading.profiles import Keys

OF_GPUS = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL")
"""Lists of the GPUs that a program uses, by their numbers in the container."""


@rule("programs/gpu-hidden")
def gpu_hidden(view: RenderView) -> Iterator[Violation]:
    """Checks the variables and limits of each program, and the runtime class of one that has no device plugin."""
    for server in programs(view, "llama-server", "vllm", "comfyui", "speaches"):
        if server.value("device") == "cpu":
            continue
        yield from _numbers(server)
        for name, amount in server.resources.get("limits", {}).items():
            if name.endswith("/gpu") and str(amount) == "0":
                keys = server.setting("resources", "limits", name)
                yield Violation(keys, "the pod requests no GPU").remove(": the chart requests one (gpuCount: 1)")
        by_runtime = view.effective(server.key, "gpuAccess") == "runtimeClass" and server.accelerator != "cpu"
        if by_runtime and not server.pod.spec.get("runtimeClassName"):
            message = "without a runtime class the pod cannot see the GPU"
            yield Violation(server.pod.place("runtimeClassName"), message, "set it to nvidia", at=server.program)


def _numbers(server: ProgramContainer) -> Iterator[Violation]:
    """Compares the GPUs that variables name with the number of those that the container gets."""
    gpus = _gpus(server)
    for name in OF_GPUS if gpus else ():
        named = [number.strip() for number in str(server.env.get(name, "")).split(",")]
        beyond = [number for number in named if number.isdecimal() and int(number) >= gpus]
        if beyond:
            has = "one GPU, which is number 0" if gpus == 1 else f"{gpus} GPUs, numbers 0 to {gpus - 1}"
            message = f"{server.program} looks for GPU {beyond[0]}, but its container has {has} there"
            several = len(named) > 1 and server.program == "llama-server"
            fix = f", and set gpuCount: {len(named)}" if several and len(named) > gpus else ""
            yield Violation(server.env_key(name), message).remove(fix, certain=not several or len(named) == gpus)


def _gpus(server: ProgramContainer) -> int:
    """The number of GPUs that a container gets; 0 if only the node says, and on a Thor, which has one (shared.yaml)."""
    if server.key[0] == "thor":
        return 0
    if server.container.get("resources", {}).get("claims"):
        return int(server.view.effective(server.key, "gpuCount") or 0)
    amounts = [amount for name, amount in server.resources.get("limits", {}).items() if name.endswith("/gpu")]
    visible = str(server.env.get("NVIDIA_VISIBLE_DEVICES", ""))
    if amounts:
        return sum(int(amount) for amount in amounts if str(amount).isdecimal())
    return len(visible.split(",")) if visible[:1].isdecimal() else 0


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
        others = [
            pod
            for pod in others
            if vllm or (same_gpu(first.spec, pod.spec) and not share_by_design(first.spec, pod.spec))
        ]
        for entry in (origin(pod.owner).key for pod in others):
            if entry != origin(first.owner).key and entry not in reported:
                reported.add(entry)
                node: Keys = (*entry, "node")
                what = "its vLLM would share the node with that of" if vllm else "it would share the GPU with"
                message = f"{what} {identity(first.owner)}, which uses the same node"
                about = frozenset({"node", "selector"})
                severity: Severity = "error" if vllm else "warning"
                fix = (
                    ""
                    if vllm
                    else "make sure that both fit into its memory, which nothing divides, or use another node"
                )
                yield Violation(node if view.given(*node) else entry, message, fix, severity=severity, about=about)


def _target(spec: Object) -> object:
    """What decides the node of a pod: the node's name, or all labels and the affinity."""
    labels: dict[str, str] = spec.get("nodeSelector") or {}
    return labels.get("kubernetes.io/hostname") or (tuple(sorted(labels.items())), repr(spec.get("affinity")))
