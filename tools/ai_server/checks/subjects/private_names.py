"""Whether an address leads out of the private network, where the user's own domains count as private."""

from ai_server.checks.core.views import RenderView, computed_once
from ai_server.checks.subjects.hosts import hosts
from ai_server.kube.addresses import host_of
from ai_server.kube.addresses import is_public as is_public_address

SECOND_LEVEL = {"ac", "co", "com", "edu", "gov", "gv", "ne", "net", "or", "org"}
"""What precedes the country in domains under which everybody can register one: co.uk, com.au."""
SHARED = {
    *("duckdns.org", "dyndns.org", "dynv6.net", "dedyn.io", "freeddns.org", "hopto.org", "ddns.net", "no-ip.org"),
    *("myfritz.net", "selfhost.eu", "spdns.de", "nip.io", "sslip.io", "ngrok.io", "ngrok.app", "github.io"),
}
"""Domains whose names belong to different people."""


def is_public(view: RenderView, url: str) -> bool:
    """Whether a URL leads to a public address, or a name outside the private network and the user's own domains."""
    return is_public_address(url) and not any(_is_below(host_of(url), domain) for domain in own_domains(view))


@computed_once
def own_domains(view: RenderView) -> frozenset[str]:
    """The domains in global.privateDomains, and those of the names under which the release is reached."""
    named = {name.removeprefix("*.").lower() for name in view.get("global", "privateDomains") or ()}
    reached = {host.name.removeprefix("*.") for host in hosts(view) if host.name}
    return frozenset(named | {_domain(name) for name in reached})


def _domain(host: str) -> str:
    """The domain of a host name: home.example.com of chat.home.example.com."""
    parent = host.partition(".")[2]
    labels = parent.split(".")
    registry = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in SECOND_LEVEL
    return host if len(labels) < 2 or registry or parent in SHARED else parent


def _is_below(host: str, domain: str) -> bool:
    host = host.rstrip(".").lower()
    return host == domain or host.endswith(f".{domain}")
