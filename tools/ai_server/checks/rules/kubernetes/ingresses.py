"""Hosts of Ingresses with their certificates, and the Gateways and timeouts of routes."""

import re
from collections.abc import Iterator

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.hosts import PAGE, hosts, issuers, page_url
from ai_server.checks.subjects.per import per_object
from ai_server.checks.subjects.pods import ObjectSubject
from ai_server.kube.addresses import is_public
from ai_server.kube.names import DOMAIN
from ai_server.reading.profiles import Keys

HOST = re.compile(rf"(?=.{{1,253}}$)(\*\.)?{DOMAIN.pattern}")
ADDRESS = re.compile(r"[0-9.]+")
DEFAULT_ISSUER = "kubernetes.io/tls-acme"
"""The annotation with which cert-manager uses the issuer that it is configured with."""
PUBLIC_ISSUERS = ("letsencrypt", "lets-encrypt", "zerossl", "acme")
"""Words in the names of issuers that ask a public CA for certificates."""
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
    """Looks for the TLS of an Ingress that names an issuer, or that asks for the default one, and for two issuers."""
    named = issuers(item.object)
    if len(named) > 1:
        own = [item.given("metadata", "annotations", annotation) for annotation in named]
        message = f"cert-manager issues nothing for {item.identity}, because it names two issuers"
        keys = next((keys for keys in own if "annotations" in keys), item.written("metadata", "annotations"))
        yield Violation(keys, message, "remove one of the two", severity="error")
        return
    if item.spec.get("tls"):
        yield from _not_public(item, named)
        return
    if (item.object["metadata"].get("annotations") or {}).get(DEFAULT_ISSUER) == "true":
        message = f"no certificate is issued: {item.identity} has no TLS"
        keys = item.written("metadata", "annotations", DEFAULT_ISSUER)
        yield Violation(keys, message, "set tlsSecret, the Secret in which cert-manager puts the certificate")
    for annotation, (kind, name) in named.items():
        message = f"{kind} {name} issues nothing: {item.identity} has no TLS"
        field = f"{kind[0].lower()}{kind[1:]}"
        fix = f"set tlsSecret, or certManager: {{{field}: {name}}} instead of the annotation"
        encrypted = item.key[:1] == PAGE and page_url(item.view).startswith("https:")
        severity: Severity | None = "error" if encrypted else None
        yield Violation(item.written("metadata", "annotations", annotation), message, fix, severity=severity)


def _not_public(item: ObjectSubject, named: dict[str, tuple[str, str]]) -> Iterator[Violation]:
    """Looks for hosts that no public CA certifies, by the name of the issuer."""
    private = [
        name for part in item.spec["tls"] for name in part.get("hosts") or [] if not is_public(f"https://{name}")
    ]
    for annotation, (kind, name) in named.items():
        if private and any(word in name.lower() for word in PUBLIC_ISSUERS):
            message = f"{kind} {name} issues nothing for {private[0]}: a public CA certifies only public names"
            fix = "use the issuer of your own CA, or tlsSecret with your own certificate, or a public name"
            yield Violation(item.written("metadata", "annotations", annotation), message, fix)


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
