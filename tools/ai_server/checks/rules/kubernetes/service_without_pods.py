"""A Service with nothing behind it."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import Object, Pod, identity


@rule("kubernetes/service-without-pods")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each Service without pods, and for each port that its pods lack."""
    for service in view.manifests.of_kind("Service"):
        view.count("services")
        behind = view.manifests.selected_by(service)
        if not behind:
            fix = "turn on the component whose pods it is for, or turn its Service off"
            yield Violation(origin(service), f"{identity(service)} has no pods behind it", fix)
        for pod in behind:
            yield from _ports(service, pod)


def _ports(service: Object, pod: Pod) -> Iterator[Violation]:
    ports = [port for container in pod.containers() for port in container.get("ports") or []]
    known = {port.get("name") for port in ports} | {port["containerPort"] for port in ports}
    for port in service["spec"]["ports"]:
        target = port.get("targetPort", port["port"])
        if target not in known:
            message = f"{identity(service)} points to port {target}, which {identity(pod.owner)} does not have"
            yield Violation(origin(service), message)
