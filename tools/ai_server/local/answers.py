"""Requests to servers of models, and why one has no answer."""

import http.client
import json
import socket
import ssl
import urllib.request
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin

from ai_server.local.ports import NO_ANSWER

ASKS_FOR_A_KEY = (401, 403)
LIST = "/v1/models"
MAYBE_TLS = "use https:// if it speaks TLS"


class NoAnswer(Exception):
    """Why a server does not answer JSON, and what to do, if that is known."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, which would hand the key to another server."""

    def redirect_request(self, *_: Any) -> None:
        """No request, so that the redirect is an HTTPError."""


def ask(url: str, seconds: float, key: str = "", body: dict[str, str] | None = None) -> Any:
    """The JSON that a URL answers. NoAnswer without one."""
    content = json.dumps(body).encode() if body else None
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    # a proxy is for other networks than that of the models
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    try:
        with opener.open(urllib.request.Request(url, content, headers), timeout=seconds) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise _of_status(error, url, key) from None
    except NO_ANSWER as error:
        cause = error.reason if isinstance(error, URLError) else error
        raise NoAnswer(*_of_connection(cause, seconds)) from None


def _of_status(error: HTTPError, url: str, key: str) -> NoAnswer:
    status = f"it answers {error.code}"
    if error.code in ASKS_FOR_A_KEY and key:
        return NoAnswer(f"{status}: the key is wrong", "correct BACKEND_API_KEY, or --backend-key")
    if error.code in ASKS_FOR_A_KEY:
        return NoAnswer(f"{status}: it asks for a key", "give the key in BACKEND_API_KEY, or as --backend-key")
    target = error.headers.get("Location")
    if 300 <= error.code < 400 and target:
        address = urljoin(url, target).removesuffix(LIST)
        return NoAnswer(f"it redirects to {address}", "use its final address")
    # nginx and programs in Go answer so to HTTP where they speak TLS
    return NoAnswer(status, MAYBE_TLS if error.code == 400 and url.startswith("http:") else "")


def _of_connection(cause: object, seconds: float) -> tuple[str, str]:
    """Why there is no answer at all, and what to do, if that is known."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted: {cause.verify_message}",
            "SSL_CERT_FILE names the certificates to trust",
        )
    if isinstance(cause, ssl.SSLError):
        return "it does not speak TLS", "use http:// instead of https://"
    if isinstance(cause, socket.gaierror | UnicodeError):
        return "no such host", ""
    if isinstance(cause, ConnectionRefusedError):
        return "nothing listens there", ""
    if isinstance(cause, TimeoutError):
        return f"it did not answer within {seconds:.0f} s", ""
    if isinstance(cause, http.client.RemoteDisconnected | ConnectionResetError):
        return "it closes the connection", MAYBE_TLS
    if isinstance(cause, http.client.HTTPException):
        return "it does not speak HTTP", MAYBE_TLS
    if isinstance(cause, ValueError):
        return "its answer is not JSON", ""
    return str(getattr(cause, "strerror", None) or cause), ""
