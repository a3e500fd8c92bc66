"""Two entries for one node that both work on its GPU."""

from collections import defaultdict
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gpus import takes_gpu
from ai_server.kube.manifests import Object, Pod, identity
from ai_server.reading.profiles import Keys


@rule("programs/gpu-twice")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding at the second entry of each such pair; of a given cluster, where cluster/gpu-shared has not said it."""
    users: defaultdict[tuple[object, bool], list[Pod]] = defaultdict(list)
    for pod in view.manifests.running():
        alone = takes_gpu(pod.spec)
        if origin(pod.owner) and not (alone and view.facts is not None):
            view.count("pods that may take a GPU")
            if any(each["name"] == "vllm" for each in pod.containers(init=False)):
                users[_place(pod.spec), True].append(pod)
            if alone:
                users[_place(pod.spec), False].append(pod)
    told: set[Keys] = set()
    for (_, vllm), pods in sorted(users.items(), key=lambda item: not item[0][1]):
        # the entry that says node: is the one that names the node of the other
        first, *others = sorted(pods, key=lambda pod: view.given(*origin(pod.owner), "node"))
        for pod in others:
            keys = origin(pod.owner)
            if keys != origin(first.owner) and keys not in told:
                told.add(keys)
                yield _found(view, keys, identity(first.owner), vllm=vllm)


def _place(spec: Object) -> object:
    """What says where a pod goes: its node's name, or all its labels and its affinity."""
    labels: dict[str, str] = spec.get("nodeSelector") or {}
    return labels.get("kubernetes.io/hostname") or (tuple(sorted(labels.items())), repr(spec.get("affinity")))


def _found(view: RenderView, keys: Keys, other: str, *, vllm: bool) -> Violation:
    at: Keys = (*keys, "node")
    what = "its vLLM would run beside that of" if vllm else "it would share the GPU with"
    message = f"{what} {other}, which is for the same node"
    fix = "serve both models from one entry, or name another node"
    return Violation(at if view.given(*at) else keys, message, fix, about=frozenset({"node", "selector"}))
