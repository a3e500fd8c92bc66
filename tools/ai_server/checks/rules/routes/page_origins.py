"""The origins from which browsers may talk to the chat page, as people write them."""

import re
from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.programs import programs
from ai_server.kube.addresses import host_of, split

REDIRECTS = (
    "OPENID_REDIRECT_URI",
    "GOOGLE_REDIRECT_URI",
    "MICROSOFT_REDIRECT_URI",
    "GITHUB_CLIENT_REDIRECT_URI",
    "FEISHU_REDIRECT_URI",
)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@rule("routes/page-origins")
def page_origins(view: RenderView) -> Iterator[Violation]:
    """Looks at CORS_ALLOW_ORIGIN in the values, and at where providers send browsers back to."""
    for page in programs(view, "openwebui"):
        own_host = host_of(str(page.env.get("WEBUI_URL") or ""))
        for name in REDIRECTS:
            host = host_of(str(page.env.get(name) or ""))
            if host and own_host and host != own_host:
                message = f"the provider sends browsers back to {host}, but the page is at {own_host}"
                yield Violation(page.env_key(name), message).remove(": Open WebUI knows its address")
        text, keys = page.env.get("CORS_ALLOW_ORIGIN"), page.env_key("CORS_ALLOW_ORIGIN")
        if not isinstance(text, str) or not text or "*" in text or "$(" in text or not view.given(*keys):
            continue
        own = _origin(str(page.env.get("WEBUI_URL") or ""))
        custom = [scheme for scheme in str(page.env.get("CORS_ALLOW_CUSTOM_SCHEME", "")).split(";") if scheme]
        schemes = ("http", "https", *custom)
        written = text.split(";")
        corrected = [_origin(origin.strip(), own) for origin in re.split(r"[;,\s]+", text) if origin.strip()]
        if bare := [origin for origin in written if origin.partition("://")[0] not in schemes or "," in origin]:
            told = f'"{bare[0]}"' if bare[0] else "an empty one"
            violation = Violation(keys, f"{told} is not an origin such as https://chat.lan: Open WebUI exits")
            certain = all("://" in origin for origin in re.split(r"[;,\s]+", text) if origin)
            yield violation.use(";".join(corrected), certain=certain)
        elif wrong := [origin for origin in written if _origin(origin) != origin]:
            message = f"browsers send {_origin(wrong[0])}, which must match exactly"
            yield Violation(keys, message).use(";".join(corrected))
        elif own and own not in written:
            yield Violation(keys, f"the page's own address {own} is not in it").use(";".join([own, *written]))


def _origin(url: str, own: str = "") -> str:
    """The origin that browsers send for an address: in lower case, without a path and the usual port.

    own: the page's, for the scheme of an address without one.
    """
    scheme = own.partition("://")[0] if "://" in own else "https"
    url = url if "://" in url or not own else f"{scheme}://{url}"
    parts = split(url)
    if parts is None or not parts.netloc:
        return url
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(DEFAULT_PORTS.get(parts.scheme, ':'))}"
