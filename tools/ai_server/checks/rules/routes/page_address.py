"""A chat page at another address than it thinks."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.addresses import host_of, split
from ai_server.checks.subjects.running import Running, running
from ai_server.reading.profiles import Keys

URL: Keys = ("openwebui", "url")
OPEN = ("NodePort", "LoadBalancer")
OAUTH = ("ENABLE_OAUTH_SIGNUP", "OPENID_PROVIDER_URL")


@rule("routes/page-address")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for an Ingress or a Service of another name, and for a url that is no origin; warnings for the rest."""
    for each in running(view):
        if each.program == "openwebui":
            view.count("addresses of the page")
            yield from _judged(view, each)


def _judged(view: RenderView, each: Running) -> Iterator[Violation]:
    origins = str(each.env.get("CORS_ALLOW_ORIGIN", "")).split(";")
    url = view.get(*URL) or ""
    ingress = view.get("openwebui", "ingress") or {}
    host = str(ingress.get("host") or "") if ingress.get("enabled") else ""
    told = [host_of(origin) for origin in origins]
    variable = each.env_key("CORS_ALLOW_ORIGIN")
    keys = variable if view.given(*variable) else URL
    if host and "*" not in origins and host.lower() not in told and "://" not in host:
        scheme = "https" if ingress.get("tlsSecret") or url.startswith("https") else "http"
        message = f"the page is told that it is at {origins[0]}, and its Ingress is at {host}"
        if not host.startswith("*"):
            yield Violation(keys, message, f"write {scheme}://{host}")
    elif not each.env.get("WEBUI_URL") and keys == URL and view.get("openwebui", "service", "type") in OPEN:
        message = f"the page is told that it is at {origins[0]}, and its Service is open to the network"
        yield Violation(URL, message, "write the address that browsers will show, such as http://chat.lan:30080")
    elif url and keys == URL and (parts := split(url)) and parts.path:
        message = "a browser names the page without what follows the host, and this is compared to the letter"
        yield Violation(URL, message, f"write {parts.scheme}://{parts.netloc}")
    elif ingress.get("enabled") and ingress.get("tlsSecret") and url.startswith("http://"):
        yield Violation(
            URL, "the Ingress has a certificate, and this is http://", f"write https://{host}", severity="warning"
        )
    name = next((name for name in OAUTH if str(each.env.get(name, "")).lower() not in ("", "false")), "")
    if name and not each.env.get("WEBUI_URL"):
        message = f"{name} comes back to the page's address, and openwebui.url is not given"
        yield Violation(each.env_key(name), message, "give openwebui.url", severity="warning")
