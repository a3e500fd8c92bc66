"""Asks a registry for the platforms of an image, through the HTTP API of the OCI distribution-spec 1.1."""

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from ai_server.errors import UserError
from ai_server.kube.image_name import parse

TIMEOUT_SECONDS = 10
MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


def platforms(image: str, *, insecure: bool = False) -> list[str]:
    """The platforms (amd64, arm64) of an image: from its index or, if it has none, its configuration; [] if neither
    names one. insecure uses plain http.

    UserError if the registry does not answer, or has no such image.
    """
    try:
        repository = _Repository(image, insecure=insecure)
        manifest = repository.get(f"manifests/{repository.reference}")
        parts = [entry.get("platform") or {} for entry in manifest.get("manifests") or []]
        config = manifest.get("config") or {}
        if not parts and "digest" in config:
            parts = [repository.get(f"blobs/{config['digest']}")]
    except Exception as error:  # whatever a registry answers, the rest of the check goes on
        text = str(error.reason if type(error) is URLError else error).strip()
        reason = text.splitlines()[0][:160] if text else type(error).__name__
        hint = "omit --online, and set image.platforms instead"
        raise UserError(f"the registry of {image} cannot be asked: {reason}", hint=hint) from None
    return sorted({str(part.get("architecture", "")) for part in parts} - {"", "unknown"})


class _Repository:
    """The repository of an image in its registry, with the authorization that the registry requires."""

    def __init__(self, image: str, *, insecure: bool) -> None:
        parts = parse(image)
        host, slash, path = parts.name.partition("/")
        if not slash or not (re.search("[.:]", host) or host == "localhost"):
            host, path = "docker.io", parts.name
        server = host
        if host == "docker.io":
            server, path = "registry-1.docker.io", path if "/" in path else f"library/{path}"
        self.host = host
        self.reference = parts.digest or parts.tag or "latest"
        self.url = f"{'http' if insecure else 'https'}://{server}/v2/{path}"
        self.authorization = ""

    def get(self, path: str) -> dict[str, Any]:
        """An object of the repository; if rejected, tries again with the login stored by Docker, or anonymously."""
        try:
            return _get(f"{self.url}/{path}", self.authorization)
        except HTTPError as error:
            challenge = error.headers.get("WWW-Authenticate", "")
            if self.authorization or not challenge:
                raise
            self.authorization = _authorization(challenge, _login(self.host))
        return _get(f"{self.url}/{path}", self.authorization)


def _authorization(challenge: str, login: str) -> str:
    """The authorization for a registry: the login itself, or a token that its token server issues for it."""
    basic = f"Basic {login}" if login else ""
    if not challenge.lower().startswith("bearer"):
        return basic
    parameters = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = parameters["realm"]
    query = urlencode({key: parameters[key] for key in ("service", "scope") if key in parameters})
    answer = _get(f"{realm}{'&' if '?' in realm else '?'}{query}", basic)
    return f"Bearer {answer.get('token') or answer['access_token']}"


def _login(host: str) -> str:
    """The login that `docker login` stored, in its file or its helper, as user:password in base64; "" if none."""
    file = Path.home() / ".docker" / "config.json"
    config = json.loads(file.read_text()) if file.is_file() else {}
    if login := config.get("auths", {}).get(host, {}).get("auth"):
        return str(login)
    helper = config.get("credHelpers", {}).get(host) or config.get("credsStore")
    if not helper:
        return ""
    command = [f"docker-credential-{helper}", "get"]
    try:
        run = subprocess.run(command, input=host, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return ""  # the helper is not installed, or has nothing for this registry
    secret = json.loads(run.stdout)
    return base64.b64encode(f"{secret['Username']}:{secret['Secret']}".encode()).decode()


def _get(url: str, authorization: str) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url} is not an HTTP URL")  # the registry names the realm, and urllib also reads file:
    request = Request(url, headers={"Accept": ", ".join(MEDIA_TYPES)})
    if authorization:
        request.add_unredirected_header("Authorization", authorization)  # not for the storage that has the blob
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        content = json.load(answer)
    if not isinstance(content, dict):
        raise ValueError(f"{url} did not answer with a JSON object")
    return content
