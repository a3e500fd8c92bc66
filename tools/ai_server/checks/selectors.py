"""kubernetes/selector, kubernetes/service-without-pods: labels that have to meet, and ports that have to exist."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Finding, origin
from ai_server.manifests import Manifests, Object, Pod, identity


def check(context: Context) -> Iterator[Finding]:
    """Workloads select their own pods and no other's; Services have pods, with the ports they point to."""
    manifests = context.manifests or Manifests()
    pods = manifests.pods()
    for pod in pods:
        yield from _workload(context, pod, pods)
    for service in manifests.of_kind("Service"):
        yield from _service(context, service, pods)


def _workload(context: Context, pod: Pod, pods: list[Pod]) -> Iterator[Finding]:
    selector = (pod.owner["spec"].get("selector") or {}).get("matchLabels")
    if selector is None:
        return
    context.count("selectors")
    if not selector.items() <= pod.labels.items():
        message = f"{identity(pod.owner)} does not select its own pods"
        yield context.finding("kubernetes/selector", origin(pod.owner), message)
    for other in pods:
        if other.owner is not pod.owner and selector.items() <= other.labels.items():
            message = f"{identity(pod.owner)} also selects the pods of {identity(other.owner)}"
            yield context.finding("kubernetes/selector", origin(pod.owner), message)


def _service(context: Context, service: Object, pods: list[Pod]) -> Iterator[Finding]:
    context.count("services")
    selector = service["spec"].get("selector") or {}
    behind = [pod for pod in pods if selector and selector.items() <= pod.labels.items()]
    if not behind:
        message = f"{identity(service)} has no pods behind it"
        yield context.finding("kubernetes/service-without-pods", origin(service), message)
    for pod in behind:
        ports = [port for container in pod.containers() for port in container.get("ports") or []]
        known = {port.get("name") for port in ports} | {port["containerPort"] for port in ports}
        for port in service["spec"]["ports"]:
            target = port.get("targetPort", port["port"])
            if target not in known:
                message = f"{identity(service)} points to port {target}, which {identity(pod.owner)} does not have"
                yield context.finding("kubernetes/service-without-pods", origin(service), message)
