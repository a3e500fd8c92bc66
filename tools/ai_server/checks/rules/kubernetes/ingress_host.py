"""A host that no Ingress can have."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView

HOST = re.compile(r"(?=.{1,253}$)(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
ADDRESS = re.compile(r"[0-9.]+")


@rule("kubernetes/ingress-host")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each host that is none, and for two that are one."""
    seen: dict[str, tuple[str | int, ...]] = {}
    for item in view.manifests.of_kind("Ingress"):
        keys = (*origin(item), "ingress", "host")
        for ingress_rule in item["spec"].get("rules") or []:
            view.count("hosts")
            host = ingress_rule.get("host", "")
            if not host:
                yield Violation(keys, "the Ingress has no host, and would answer for every name", "write the name")
            elif not HOST.fullmatch(host) or ADDRESS.fullmatch(host):
                what = "is an address and no name" if ADDRESS.fullmatch(host) else "is no host name"
                yield Violation(keys, f'"{host}" {what}', f"write {_plain(host)}")
            elif host in seen:
                other = ".".join(map(str, seen[host]))
                yield Violation(keys, f"{host} is the host of {other} as well", "give each its own name")
            seen.setdefault(host, keys)


def _plain(host: str) -> str:
    """The name that was probably meant, without what an Ingress does not take."""
    name = host.rpartition("://")[2].partition("/")[0].partition(":")[0].strip(" .").lower().replace("_", "-")
    return name if HOST.fullmatch(name) and not ADDRESS.fullmatch(name) else "a name, such as chat.example.lan"
