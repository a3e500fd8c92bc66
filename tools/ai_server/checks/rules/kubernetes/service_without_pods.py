"""A Service with nothing behind it."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import Object, Pod, identity

RULE = Rule(
    "A Service without pods, or with a port that they do not have",
    why="A Service sends requests to the pods that its selector finds, at the port that it names. With neither, every"
    " request is refused.",
    wrong="apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: b}, ports: [{port: 80}]}",
    right="apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: b}, ports: [{port: 80}]}\n---\n"
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\n"
    "spec: {containers: [{name: x, image: y, ports: [{containerPort: 80}]}]}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each Service without pods, and for each port that its pods lack."""
    for service in context.manifests.of_kind("Service") if context.manifests else []:
        context.count("services")
        behind = context.manifests.selected_by(service) if context.manifests else []
        if not behind:
            fix = "turn on the component whose pods it is for, or turn its Service off"
            yield Found(origin(service), f"{identity(service)} has no pods behind it", fix)
        for pod in behind:
            yield from _ports(service, pod)


def _ports(service: Object, pod: Pod) -> Iterator[Found]:
    ports = [port for container in pod.containers() for port in container.get("ports") or []]
    known = {port.get("name") for port in ports} | {port["containerPort"] for port in ports}
    for port in service["spec"]["ports"]:
        target = port.get("targetPort", port["port"])
        if target not in known:
            message = f"{identity(service)} points to port {target}, which {identity(pod.owner)} does not have"
            yield Found(origin(service), message)
