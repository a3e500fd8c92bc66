"""The pods that use a GPU without a device plugin."""

from ai_server.checks.subjects.origins import own_containers
from ai_server.kube.manifests import Object

BOTH_FIT = "make sure that both fit into its memory, which nothing divides, or use another node"
"""The fix for two pods on one GPU."""
TWO_VLLM = "use another node, or serve both models from one entry"
"""The fix for two vLLM on one GPU."""


def privileged(containers: list[Object]) -> bool:
    """Whether a container is privileged."""
    return any((container.get("securityContext") or {}).get("privileged") for container in containers)


def takes_gpu(spec: Object) -> bool:
    """Whether a pod takes its node's GPU by itself: as a privileged program, or by the nvidia runtime class."""
    containers = spec.get("containers") or []
    own = own_containers()
    if privileged([item for item in containers if item.get("name") in own and own[item["name"]].runs]):
        return True
    visible = _visible(containers)
    limits = [(container.get("resources") or {}).get("limits") or {} for container in containers]
    plugin = any("/gpu" in name for amounts in limits for name in amounts)
    return bool(spec.get("runtimeClassName")) and any(value != "void" for value in visible) and not plugin


def two_vllm(one: Object, other: Object) -> bool:
    """Whether both pods run vLLM, which crashes next to another vLLM on one GPU."""
    return all(any(item.get("name") == "vllm" for item in spec.get("containers") or []) for spec in (one, other))


def share_by_design(one: Object, other: Object) -> bool:
    """Whether two pods work on one GPU and its memory is in their requests: privileged programs open the same devices
    (/dev/dri, /dev/kfd), for which no one waits.
    """
    both = all(privileged(spec.get("containers") or []) and not spec.get("runtimeClassName") for spec in (one, other))
    return both and not two_vllm(one, other)


def same_gpu(one: Object, other: Object) -> bool:
    """Whether two pods with the nvidia runtime class may get the same GPU: not if each names others (0, or 1,2)."""
    first, second = (
        {gpu for value in _visible(spec.get("containers") or []) if value != "void" for gpu in value.split(",")}
        for spec in (one, other)
    )
    return "all" in first | second or not first or not second or bool(first & second)


def _visible(containers: list[Object]) -> list[str]:
    """The values of NVIDIA_VISIBLE_DEVICES."""
    variables = [env for container in containers for env in container.get("env") or []]
    return [str(env.get("value", "all")) for env in variables if env.get("name") == "NVIDIA_VISIBLE_DEVICES"]
