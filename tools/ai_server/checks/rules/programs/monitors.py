"""What makes Prometheus scrape LiteLLM while its metrics are off: monitors in extraObjects, and annotations."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.neighbours import meets
from ai_server.checks.subjects.pods import ObjectSubject, objects
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.manifests import Object
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys

CALLBACKS = ("callbacks", "success_callback", "failure_callback")
PATHS = ("/metrics", "/metrics/")
SCRAPE, PORT = "prometheus.io/scrape", "prometheus.io/port"
"""Annotations that the usual configuration of Prometheus follows."""
SWITCH = Change("set", ("litellm", "metrics"), True)


@rule("programs/metrics-off")
def metrics_off(view: RenderView) -> Iterator[Violation]:
    """Looks for ServiceMonitors, PodMonitors and annotations about LiteLLM, unless its metrics are on."""
    settings = gateway(view).config.get("litellm_settings") or {}
    if any("prometheus" in str(settings.get(name)) for name in CALLBACKS):
        return
    for program in programs(view, "litellm"):
        for keys, scraper in _scrapers(view, program):
            message = f"{scraper} makes Prometheus scrape LiteLLM, whose metrics are off"
            yield Violation(keys, message, "set litellm.metrics: true, or remove it", changes=(SWITCH,))


def _scrapers(view: RenderView, program: ProgramContainer) -> Iterator[tuple[Keys, str]]:
    """The keys of what makes Prometheus scrape a program, each with the object that has it."""
    services = [(service, _ports(service, program)) for service in objects(view, "Service")]
    for monitor in objects(view, "ServiceMonitor"):
        for service, ports in services:
            if _selects(monitor, service.object["metadata"]) and ports & _scraped(monitor, "endpoints", ports):
                yield monitor.extra, monitor.identity
    pod, names = program.pod, {str(port.get("name")) for port in program.ports}
    for monitor in objects(view, "PodMonitor"):
        if _selects(monitor, pod.pod.metadata) and names & _scraped(monitor, "podMetricsEndpoints", names):
            yield monitor.extra, monitor.identity
    numbers = {str(port["containerPort"]) for port in program.ports}
    if _annotated(pod.pod.metadata, numbers):
        yield pod.written("annotations", SCRAPE), pod.identity
    for service, ports in services:
        if ports and _annotated(service.object["metadata"], numbers):
            yield service.written("metadata", "annotations", SCRAPE), service.identity


def _ports(service: ObjectSubject, program: ProgramContainer) -> set[str]:
    """The names of the ports of a Service that lead to a program."""
    if all(pod is not program.pod.pod for pod in service.view.manifests.selected_by(service.object)):
        return set()
    targets = {value for port in program.ports for value in (port.get("name"), port["containerPort"])}
    ports = service.spec.get("ports") or []
    return {str(port.get("name")) for port in ports if port.get("targetPort", port.get("port")) in targets}


def _selects(monitor: ObjectSubject, metadata: Object) -> bool:
    """Whether a monitor selects an object with these metadata; no schema says what form its selector has."""
    selector = _map(monitor.spec).get("selector")
    if not isinstance(selector, dict):
        return False
    labels, expressions = _map(selector.get("matchLabels")), _maps(selector.get("matchExpressions"))
    return meets({"matchLabels": labels, "matchExpressions": expressions}, metadata.get("labels") or {})


def _scraped(monitor: ObjectSubject, field: str, ports: set[str]) -> set[str]:
    """The names of the ports whose metrics a monitor reads; all of them for an endpoint with another kind of port."""
    endpoints = [item for item in _maps(_map(monitor.spec).get(field)) if item.get("path", PATHS[0]) in PATHS]
    return {name for item in endpoints for name in ({str(item["port"])} if "port" in item else ports)}


def _map(value: Any) -> Object:
    return value if isinstance(value, dict) else {}


def _maps(items: Any) -> list[Object]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _annotated(metadata: Object, ports: set[str]) -> bool:
    annotations = metadata.get("annotations") or {}
    return annotations.get(SCRAPE) == "true" and str(annotations.get(PORT, "")) in {"", *ports}
