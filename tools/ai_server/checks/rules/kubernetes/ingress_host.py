"""A host that no Ingress can have."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A host that an Ingress cannot have",
    why="An Ingress's host is a DNS name alone: lower-case, without https://, port and path. Without a host it would"
    " answer for every name.",
    wrong="openwebui:\n  ingress: {enabled: true, host: https://chat.example.lan}",
    right="openwebui:\n  url: https://chat.example.lan\n  ingress: {enabled: true, host: chat.example.lan}",
)
HOST = re.compile(r"(?=.{1,253}$)(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
ADDRESS = re.compile(r"[0-9.]+")


def check(context: Context) -> Iterator[Found]:
    """A finding for each host that is none, and for two that are one."""
    seen: dict[str, tuple[str | int, ...]] = {}
    for item in context.manifests.of_kind("Ingress") if context.manifests else []:
        keys = (*origin(item), "ingress", "host")
        for rule in item["spec"].get("rules") or []:
            context.count("hosts")
            host = rule.get("host", "")
            if not host:
                yield Found(keys, "the Ingress has no host, and would answer for every name", "write the name")
            elif not HOST.fullmatch(host) or ADDRESS.fullmatch(host):
                what = "is an address and no name" if ADDRESS.fullmatch(host) else "is no host name"
                yield Found(keys, f'"{host}" {what}', f"write {_plain(host)}")
            elif host in seen:
                other = ".".join(map(str, seen[host]))
                yield Found(keys, f"{host} is the host of {other} as well", "give each its own name")
            seen.setdefault(host, keys)


def _plain(host: str) -> str:
    """The name that was probably meant, without what an Ingress does not take."""
    name = host.rpartition("://")[2].partition("/")[0].partition(":")[0].strip(" .").lower().replace("_", "-")
    return name if HOST.fullmatch(name) and not ADDRESS.fullmatch(name) else "a name, such as chat.example.lan"
