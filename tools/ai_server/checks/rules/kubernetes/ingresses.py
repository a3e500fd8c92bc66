"""Hosts of Ingresses with their certificates, and the Gateways of routes."""

import re
from collections.abc import Iterator

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


@rule("kubernetes/route-without-gateway")
@per_object("HTTPRoute")
def parents(item: ObjectSubject) -> Iterator[Violation]:
    """Looks for the Gateways of a route."""
    if not item.spec.get("parentRefs"):
        message = f"{item.identity} belongs to no Gateway, so nobody reaches it"
        yield Violation(item.place("spec", "parentRefs"), message)
