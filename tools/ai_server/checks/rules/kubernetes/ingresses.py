"""Hosts of Ingresses with their certificates, and the Gateways and timeouts of routes."""

import re
from collections.abc import Iterator

from ai_server.checks import facts
from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.rules.kubernetes.names import SUBDOMAIN
from ai_server.checks.subjects.hosts import hosts, issuers
from ai_server.checks.subjects.per import per_object
from ai_server.checks.subjects.pods import ObjectSubject
from ai_server.reading.profiles import Keys

HOST = re.compile(rf"(?=.{{1,253}}$)(\*\.)?{SUBDOMAIN.pattern.removeprefix('(?=.{1,253}$)')}")
ADDRESS = re.compile(r"[0-9.]+")
SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@rule("kubernetes/ingress-host")
def host_names(view: RenderView) -> Iterator[Violation]:
    """Checks each host, and compares it and its paths with the others."""
    first: dict[tuple[str, str, str], Keys] = {}
    for host in hosts(view):
        answers = [(host.kind, host.name, path) for path in sorted(host.paths)]
        taken = [first[answer] for answer in answers if answer in first]
        if not host.name:
            yield Violation(host.keys, "the Ingress has no host, so it answers for every name", "set the host name")
        elif not HOST.fullmatch(host.name) or ADDRESS.fullmatch(host.name):
            problem = "is an address, not a name" if ADDRESS.fullmatch(host.name) else "is not a host name"
            yield Violation(host.keys, f'"{host.name}" {problem}', f"use {_plain(host.name)}")
        elif taken:
            message = f"{host.name} is also the host of {dotted(taken[0])}"
            yield Violation(host.keys, message, "use a separate name for each")
        first = dict.fromkeys(answers, host.keys) | first


def _plain(host: str) -> str:
    """The name that was probably meant, without the parts that an Ingress rejects."""
    name = host.rpartition("://")[2].partition("/")[0].partition(":")[0].strip(" .").lower().replace("_", "-")
    return name if HOST.fullmatch(name) and not ADDRESS.fullmatch(name) else "a name, such as chat.example.lan"


@rule("kubernetes/no-certificate")
@per_object("Ingress")
def certificates(item: ObjectSubject) -> Iterator[Violation]:
    """Looks for the TLS of an Ingress that names an issuer."""
    for annotation, (kind, name) in issuers(item.object).items():
        if not item.spec.get("tls"):
            message = f"{kind} {name} issues nothing: {item.identity} has no TLS"
            field = f"{kind[0].lower()}{kind[1:]}"
            fix = f"set tlsSecret, or certManager: {{{field}: {name}}} instead of the annotation"
            yield Violation(item.written("metadata", "annotations", annotation), message, fix)


@rule("kubernetes/ingress-annotation")
@per_object("Ingress")
def annotations(item: ObjectSubject) -> Iterator[Violation]:
    """Looks at the annotations of the chart's Ingresses; one of extraObjects has paths of its own."""
    given = {} if item.extra else item.object["metadata"].get("annotations") or {}
    known = facts.table("ingress_annotations")
    named = {word for word in known["classes"] if word in item.spec.get("ingressClassName", "")}
    for row in known["rows"]:
        of_another = named and row["controller"] not in named
        elsewhere = "component" in row and row["component"] not in item.origin.component
        for name in () if of_another or elsewhere else row["annotations"]:
            if name in given and given[name] in row.get("any_of", [given[name]]):
                keys = item.written("metadata", "annotations", name)
                yield Violation(keys, row["message"].format(value=given[name]), row["fix"], at=item.identity)


@rule("kubernetes/route-without-gateway")
@per_object("HTTPRoute")
def parents(item: ObjectSubject) -> Iterator[Violation]:
    """Looks for the Gateways of a route."""
    if not item.spec.get("parentRefs"):
        message = f"{item.identity} belongs to no Gateway, so nobody reaches it"
        yield Violation(item.place("spec", "parentRefs"), message)


@rule("kubernetes/route-timeouts")
@per_object("HTTPRoute")
def timeouts(item: ObjectSubject) -> Iterator[Violation]:
    """Compares the timeouts of each rule of a route; a request of 0s has no limit."""
    for number, one_rule in enumerate(item.spec.get("rules") or []):
        limits = one_rule.get("timeouts", {})
        if 0 < _seconds(limits.get("request", "")) < _seconds(limits.get("backendRequest", "")):
            message = f"one try may take {limits['backendRequest']}, but the request only {limits['request']}"
            fix = f"set backendRequest to at most {limits['request']}"
            yield Violation(item.place("spec", "rules", number, "timeouts", "backendRequest"), message, fix)


def _seconds(duration: str) -> float:
    """The seconds of a duration of the Gateway API, such as 1h30m."""
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|h|m|s)", duration))
