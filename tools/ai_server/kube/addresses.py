"""Addresses: their parts, the Service that one names, and whether it is private or public."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

PRIVATE = (
    *(".lan", ".local", ".home", ".internal", ".svc", ".svc.cluster.local", ".localdomain", ".home.arpa", ".localhost"),
    *(".intranet", ".private", ".corp", ".test", ".fritz.box", ".ts.net"),
)
"""Domains of private networks: reserved ones, those of routers and VPNs, and the cluster's."""

VERSIONED = re.compile(r"/v[0-9]+/?$")
"""The end of the path of an API; some vendors use higher versions: https://api.z.ai/api/paas/v4."""
NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)+")


def split(url: str) -> SplitResult | None:
    """A URL's parts; None if it is invalid, such as http://[fe80, or has an invalid port."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def host_of(url: str) -> str:
    """The host in a URL; "" if it has none."""
    parts = split(url)
    return (parts.hostname if parts else "") or ""


def port_of(url: str) -> int | None:
    """The port in a URL, else the usual one of http or https; None if the URL is invalid."""
    parts = split(url)
    return (parts.port or (443 if parts.scheme == "https" else 80)) if parts else None


def service_of(url: str, namespace: str) -> str:
    """The Service that a URL in a namespace names, which may not exist; "" for a host elsewhere."""
    name, dot, rest = host_of(url).partition(".")
    here = not dot or rest in (namespace, f"{namespace}.svc") or rest.startswith(f"{namespace}.svc.")
    return name if here else ""


def is_broken(host: str) -> bool:
    """Whether a host looks like an IP address but is not valid: 192.168.1.500."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(NUMBERS.fullmatch(host))
    return False


def is_public(url: str) -> bool:
    """Whether a URL leads out of the private network: to a global address, or a name that no private network uses.

    http://name.word:port may be a Service of another namespace, and counts as one.
    """
    parts = split(url)
    if parts is None:
        return False
    host = (parts.hostname or "").rstrip(".")
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        service = parts.scheme == "http" and host.count(".") == 1 and ":" in parts.netloc.rpartition("@")[2]
        return "." in host and not host.endswith(PRIVATE) and not service and not is_broken(host)
