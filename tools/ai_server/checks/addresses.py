"""Which addresses are in the house, and which are outside."""

import ipaddress
from urllib.parse import urlsplit

PRIVATE = (".lan", ".local", ".home", ".internal", ".svc", ".svc.cluster.local", ".localdomain", ".home.arpa")


def is_public(url: str) -> bool:
    """Whether a URL leads out of the house: to a global address, or a name that is none of a private network's."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(PRIVATE)
