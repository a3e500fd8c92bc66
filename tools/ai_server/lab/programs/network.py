"""Downloads over HTTP. A host that does not answer costs a second, once per run."""

import hashlib
import http.client
import socket
import urllib.error
import urllib.request
from contextlib import suppress
from http.client import HTTPMessage
from threading import Thread
from typing import IO
from urllib.parse import SplitResult, urlsplit

CONNECT_SECONDS = 1.0
READ_SECONDS = 10
BLOCK = 1 << 20

_problems: dict[str, str] = {}
"""Why a host cannot be used, by host and port; "" if it answers. Kept until the process exits."""


class DownloadError(Exception):
    """A download that failed, with the reason."""


def answers(address: str) -> bool:
    """Whether the host of a URL, or the proxy in front of it, accepts a connection within a second."""
    return not _problem(urlsplit(address))


def download(address: str, target: IO[bytes]) -> str:
    """Downloads a URL into an open file and returns its SHA-256. DownloadError if that fails."""
    parts = urlsplit(address)
    if problem := _problem(parts):
        raise DownloadError(problem)
    digest, size = hashlib.sha256(), 0
    try:
        with urllib.request.build_opener(_Redirects).open(address, timeout=READ_SECONDS) as response:
            while block := response.read(BLOCK):
                target.write(block)
                digest.update(block)
                size += len(block)
            promised = int(response.headers.get("Content-Length") or size)
    except urllib.error.HTTPError as error:
        raise DownloadError(f"{address} answers {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        problem = f"{parts.hostname}: {getattr(error, 'reason', error)}"
        if not size:
            _problems[parts.netloc] = problem
        raise DownloadError(problem) from None
    if size != promised:
        raise DownloadError(f"{address} ended after {size} of {promised} bytes")
    return digest.hexdigest()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to hosts that answer, and never from HTTPS to HTTP."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(req.full_url).scheme == "https" != urlsplit(newurl).scheme:
            raise urllib.error.URLError(f"it redirects to {newurl}, which is not HTTPS")
        if not answers(newurl):
            raise urllib.error.URLError(f"{urlsplit(newurl).hostname} cannot be reached")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _problem(address: SplitResult) -> str:
    if address.netloc not in _problems:
        reached = _connects(*_first_hop(address))
        _problems[address.netloc] = "" if reached else f"{address.hostname} cannot be reached"
    return _problems[address.netloc]


def _first_hop(address: SplitResult) -> tuple[str, int]:
    proxy = urllib.request.getproxies().get(address.scheme)
    if proxy and not urllib.request.proxy_bypass(address.netloc):
        address = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return address.hostname or "", address.port or (443 if address.scheme == "https" else 80)


def _connects(host: str, port: int) -> bool:
    """Tries to connect in a thread, because a name lookup has no timeout."""
    connected: list[bool] = []

    def attempt() -> None:
        with suppress(OSError), socket.create_connection((host, port), CONNECT_SECONDS):
            connected.append(True)

    thread = Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    return bool(connected)
