"""Addresses that only mDNS knows."""

import re
from collections.abc import Iterator

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.hosts import OF_BROWSERS
from ai_server.reading.profiles import Keys

NAME = re.compile(r"(?:^|//|@)([a-z0-9-]+\.local)\.?(?=$|[:/?])", re.IGNORECASE)
ADDRESSES = frozenset({"apiBase", "api_base", "base_url", "comfyuiUrl", "gatewayUrl", "url"})
VARIABLE = re.compile(r"(URLS?|URI|BASE|HOST|ENDPOINT|SERVER|ADDRESS)$")
OWN_DNS = ("dnsPolicy", "dnsConfig")


@rule("routes/mdns-name")
def mdns_name(view: ValuesView) -> Iterator[Violation]:
    """Looks at the addresses that pods ask, unless the pods have a DNS of their own."""
    known = {str(value).lower() for keys, value in leaves(view.values.values) if "hostAliases" in keys}
    domains = tuple(str(domain).removeprefix("*.") for domain in view.get("global", "privateDomains") or ())
    if any(value for keys, value in leaves(view.values.values) if not {*keys}.isdisjoint(OWN_DNS)):
        return
    for keys, value in view.look_at([item for item in leaves(view.values.values) if _is_address(item[0])]):
        names = NAME.findall(value) if isinstance(value, str) else []
        for name in dict.fromkeys(names):
            if name.lower() not in known and not name.lower().endswith(domains or ("\n",)):
                message = f"pods find no {name}: names in .local are those of mDNS, and pods ask DNS"
                alias = f"global.pod.hostAliases: [{{ip: 192.168.1.20, hostnames: [{name}]}}]"
                fix = f"replace the name by the machine's address, or add both to {alias}"
                yield Violation(keys, message, f"{fix}; if your DNS knows it, add it to global.privateDomains")


def _is_address(keys: Keys) -> bool:
    """Whether a key holds an address that a pod asks."""
    last = str(keys[-1])
    if "extraEnv" in keys:
        return bool(VARIABLE.search(last)) and not OF_BROWSERS.search(last)
    return last in ADDRESSES and keys != ("openwebui", "url")
