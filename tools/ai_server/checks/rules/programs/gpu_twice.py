"""Two entries for one node that both work on its GPU."""

from collections import defaultdict
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.gpus import takes_gpu
from ai_server.kube.manifests import Object, Pod, identity
from ai_server.reading.profiles import Keys

RULE = Rule(
    "Two entries of one node that both work on its GPU",
    why="Two vLLM on one Thor end each other (vllm-project/vllm#38489), with a device plugin that shares the GPU as"
    " well. Without one, nothing keeps two pods apart that take the GPU for their own, and together they want more"
    " memory than there is. What the node runs belongs in one entry; cluster/gpu-shared looks at the other pods of a"
    " cluster.",
    wrong="thor:\n  gpuAccess: devicePlugin\n  nodes:\n    second: {node: thor, comfyui: {enabled: false},"
    " speech: {enabled: false}, vllm: {model: hf/large, servedNames: [large]}}",
    right="thor:\n  nodes:\n    thor: {vllm: {model: hf/large, servedNames: [large]}}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding at the second entry of each such pair; of a given cluster, where cluster/gpu-shared has not said it."""
    users: defaultdict[tuple[object, bool], list[Pod]] = defaultdict(list)
    for pod in context.manifests.running() if context.manifests else []:
        alone = takes_gpu(pod.spec)
        if origin(pod.owner) and not (alone and context.facts is not None):
            context.count("pods that may take a GPU")
            if any(each["name"] == "vllm" for each in pod.containers(init=False)):
                users[_place(pod.spec), True].append(pod)
            if alone:
                users[_place(pod.spec), False].append(pod)
    told: set[Keys] = set()
    for (_, vllm), pods in sorted(users.items(), key=lambda item: not item[0][1]):
        # the entry that says node: is the one that names the node of the other
        first, *others = sorted(pods, key=lambda pod: context.given(*origin(pod.owner), "node"))
        for pod in others:
            keys = origin(pod.owner)
            if keys != origin(first.owner) and keys not in told:
                told.add(keys)
                yield _found(context, keys, identity(first.owner), vllm=vllm)


def _place(spec: Object) -> object:
    """What says where a pod goes: its node's name, or all its labels and its affinity."""
    labels: dict[str, str] = spec.get("nodeSelector") or {}
    return labels.get("kubernetes.io/hostname") or (tuple(sorted(labels.items())), repr(spec.get("affinity")))


def _found(context: Context, keys: Keys, other: str, *, vllm: bool) -> Found:
    at: Keys = (*keys, "node")
    what = "its vLLM would run beside that of" if vllm else "it would share the GPU with"
    message = f"{what} {other}, which is for the same node"
    return Found(at if context.given(*at) else keys, message, "serve both models from one entry, or name another node")
