"""Services and their pods."""

from collections.abc import Iterator

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.hosts import PAGE, page_url
from ai_server.checks.subjects.per import per_object
from ai_server.checks.subjects.pods import ObjectSubject, objects
from ai_server.kube.addresses import port_of
from ai_server.kube.manifests import Pod, identity

NODE_PORTS = range(30000, 32768)


@rule("kubernetes/service-without-pods")
@per_object("Service")
def pods_behind(service: ObjectSubject) -> Iterator[Violation]:
    """Looks for the pods of a Service, and for its ports in them."""
    selected = service.view.manifests.selected_by(service.object)
    if not selected:
        fix = "enable the component of its pods, or disable the Service"
        yield Violation(service.key, f"{service.identity} selects no pods", fix)
    for pod in selected:
        yield from _ports(service, pod)


def _ports(service: ObjectSubject, pod: Pod) -> Iterator[Violation]:
    ports = [port for container in pod.containers() for port in container.get("ports") or []]
    known = {port.get("name") for port in ports} | {port["containerPort"] for port in ports}
    for port in service.spec.get("ports") or []:
        target = port.get("targetPort", port["port"])
        if target not in known:
            message = f"{service.identity} points to port {target}, which {identity(pod.owner)} does not have"
            yield Violation(service.key, message)


@rule("kubernetes/node-port-taken")
def node_ports(view: RenderView) -> Iterator[Violation]:
    """Compares the node ports of all Services."""
    first: dict[int, tuple[ObjectSubject, int]] = {}
    taken = _taken(view)
    for service in objects(view, "Service"):
        for index, port in enumerate(service.spec.get("ports") or []):
            number = port.get("nodePort", 0)
            if number and number in first:
                here, there, why = (service, index), first[number], ""
                if service.origin.component == PAGE and port_of(page_url(view)) == number:
                    here, there, why = there, here, f", which {dotted(PAGE)}.url names: {page_url(view)}"
                message = f"{here[0].identity} has the node port {number} of {there[0].identity}{why}"
                free = next(other for other in (*range(number, NODE_PORTS.stop), *NODE_PORTS) if other not in taken)
                taken.add(free)
                fix = f"use {free}, or 0, which lets Kubernetes choose one"
                yield Violation(here[0].place("spec", "ports", here[1], "nodePort"), message, fix)
            first.setdefault(number, (service, index))


def _taken(view: RenderView) -> set[int]:
    """The node ports of the release and of the cluster, as far as they are known."""
    others = view.facts.of_kind("Service") if view.facts else []
    services = [*(service.object for service in objects(view, "Service")), *others]
    return {port.get("nodePort", 0) for item in services for port in (item.get("spec") or {}).get("ports") or []}


@rule("kubernetes/node-port-chosen")
@per_object("Service")
def node_port_as_port(service: ObjectSubject) -> Iterator[Violation]:
    """Looks for a port that is meant as the port of the nodes."""
    for index, port in enumerate(service.spec.get("ports") or []):
        if service.spec.get("type") == "NodePort" and port["port"] in NODE_PORTS and not port.get("nodePort"):
            keys = service.place("spec", "ports", index, "port")
            message = f"{port['port']} is the port inside the cluster, and Kubernetes chooses another one for the nodes"
            move = Violation(keys, message).move((*keys[:-1], "nodePort"), certain=False)
            yield move if keys[-1] == "port" else Violation(keys, message, "set nodePort")
