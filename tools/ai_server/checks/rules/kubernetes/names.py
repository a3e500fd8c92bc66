"""Names of objects, of the parts of a pod, and of hosts."""

import re
from collections.abc import Iterator

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pods import ObjectSubject, PodSubject, objects, pods
from ai_server.reading.profiles import Keys

SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SERVICE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
HOST = re.compile(rf"(?=.{{1,253}}$)(\*\.)?{SUBDOMAIN.pattern.removeprefix('(?=.{1,253}$)')}")
ADDRESS = re.compile(r"[0-9.]+")


@rule("kubernetes/name")
def names(view: RenderView) -> Iterator[Violation]:
    """Checks the names of objects, and those inside of pods."""
    for item in objects(view):
        yield from _of_object(item)
    for pod in pods(view):
        yield from _in_pod(pod)


def _of_object(item: ObjectSubject) -> Iterator[Violation]:
    form = SERVICE if item.object["kind"] == "Service" else SUBDOMAIN
    if not form.fullmatch(item.object["metadata"]["name"]):
        must = "start with a letter and have at most 63 characters" if form is SERVICE else "be a DNS name"
        fix = "choose another release name, or a shorter key"
        yield Violation(item.key, f"{item.identity}: the name must {must}", fix)


def _in_pod(pod: PodSubject) -> Iterator[Violation]:
    for field in ("containers", "initContainers", "volumes"):
        for index, part in enumerate(pod.spec.get(field) or []):
            name = part.get("name", "")
            if not LABEL.fullmatch(name):
                message, fix = f'"{name}" is not a valid name in {field}', "use lower-case letters, digits and - only"
                yield Violation(pod.written(field, index), message, fix, at=pod.identity)


@rule("kubernetes/ingress-host")
def hosts(view: RenderView) -> Iterator[Violation]:
    """Checks each host, and compares it with the others."""
    seen: dict[str, Keys] = {}
    for item in objects(view, "Ingress"):
        for index, ingress_rule in enumerate(item.spec.get("rules") or []):
            host, keys = ingress_rule.get("host", ""), item.place("spec", "rules", index, "host")
            if not host:
                yield Violation(keys, "the Ingress has no host, so it answers for every name", "set the host name")
            elif not HOST.fullmatch(host) or ADDRESS.fullmatch(host):
                problem = "is an address, not a name" if ADDRESS.fullmatch(host) else "is not a host name"
                yield Violation(keys, f'"{host}" {problem}', f"use {_plain(host)}")
            elif host in seen:
                yield Violation(
                    keys, f"{host} is also the host of {dotted(seen[host])}", "use a separate name for each"
                )
            seen.setdefault(host, keys)


def _plain(host: str) -> str:
    """The name that was probably meant, without the parts that an Ingress rejects."""
    name = host.rpartition("://")[2].partition("/")[0].partition(":")[0].strip(" .").lower().replace("_", "-")
    return name if HOST.fullmatch(name) and not ADDRESS.fullmatch(name) else "a name, such as chat.example.lan"
