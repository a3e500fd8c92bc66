"""The pods that use a GPU without a device plugin."""

from ai_server.checks.subjects.origins import own_containers
from ai_server.kube.manifests import Object


def privileged(containers: list[Object]) -> bool:
    """Whether a container is privileged."""
    return any((container.get("securityContext") or {}).get("privileged") for container in containers)


def takes_gpu(spec: Object) -> bool:
    """Whether a pod takes its node's GPU by itself: as a privileged program, or by the nvidia runtime class."""
    containers = spec.get("containers") or []
    own = own_containers()
    if privileged([item for item in containers if item.get("name") in own and own[item["name"]].runs]):
        return True
    visible = [
        env.get("value")
        for container in containers
        for env in container.get("env") or []
        if env.get("name") == "NVIDIA_VISIBLE_DEVICES"
    ]
    limits = [(container.get("resources") or {}).get("limits") or {} for container in containers]
    plugin = any("/gpu" in name for amounts in limits for name in amounts)
    return bool(spec.get("runtimeClassName")) and any(value != "void" for value in visible) and not plugin
