"""Which pods use a GPU that no device plugin hands out."""

from ai_server.kube.manifests import Object


def privileged(containers: list[Object]) -> bool:
    """Whether a container is privileged."""
    return any((each.get("securityContext") or {}).get("privileged") for each in containers)


def takes_gpu(spec: Object) -> bool:
    """Whether a pod takes its node's GPU by itself: a privileged llama-server, or one of the nvidia runtime class."""
    containers = spec.get("containers") or []
    if privileged([each for each in containers if each.get("name") == "llama-server"]):
        return True
    visible = [
        env.get("value")
        for each in containers
        for env in each.get("env") or []
        if env.get("name") == "NVIDIA_VISIBLE_DEVICES"
    ]
    plugin = any("/gpu" in name for each in containers for name in (each.get("resources") or {}).get("limits") or {})
    return bool(spec.get("runtimeClassName")) and any(value != "void" for value in visible) and not plugin
