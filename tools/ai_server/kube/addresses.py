"""Addresses: their parts, the Service that one names, and whether it is private or public."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from ai_server.errors import UserError

PRIVATE = (
    *(".lan", ".local", ".home", ".internal", ".svc", ".svc.cluster.local", ".localdomain", ".home.arpa", ".localhost"),
    *(".intranet", ".private", ".corp", ".test", ".fritz.box", ".ts.net"),
)
"""Domains of private networks: reserved ones, those of routers and VPNs, and the cluster's."""

VERSIONED = re.compile(r"/v[0-9]+/?$")
"""The end of the path of an API; some vendors use higher versions: https://api.z.ai/api/paas/v4."""
NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)+")
PORTS = "a port is a number from 1 to 65535"
BRACKETS = "write an IPv6 address in brackets: http://[::1]:8080"


def split(url: str) -> SplitResult | None:
    """A URL's parts; None if it is invalid, such as http://[fe80, or has an invalid port."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def server_of(url: str, option: str) -> str:
    """The address of a server with an OpenAI-compatible API, without its /v1: http://host:8080.

    UserError, which begins with the option that gave it, for what is not a URL.
    """
    wrong = _wrong_with(url)
    if wrong:
        raise UserError(f"{option}: not a URL", hint=wrong)
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def _wrong_with(url: str) -> str:
    """What to change to make a text the URL of a server; "" for such a URL."""
    scheme, slashes, _ = url.partition("://")
    if not url or re.search(r"[\s\x00-\x1f]", url):
        return "give the address of a server without spaces: http://localhost:8080"
    if not slashes:
        return f"begin it with http://, or https:// for a server with TLS: http://{url.lstrip('/')}"
    if scheme.lower() not in ("http", "https"):
        return f"begin it with http:// or https:// instead of {scheme}://"
    try:
        parts = urlsplit(url)
    except ValueError:
        return BRACKETS
    if "[" not in parts.netloc and "::" in parts.netloc:
        return BRACKETS
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        return PORTS
    if not parts.hostname:
        return f"name a host after {scheme}://"
    if is_broken(parts.hostname):
        return f"{parts.hostname} is not an IP address"
    if parts.query or parts.fragment:
        return "leave out what follows ? or #"
    return ""


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
