"""Servers of models that run already: those at given addresses, and an Ollama or llama-server on this machine."""

import json
import re
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ai_server.errors import UserError
from ai_server.local.ports import NO_ANSWER

OLLAMA = "http://127.0.0.1:11434"
LLAMA_SERVERS = ("http://127.0.0.1:8080", "http://127.0.0.1:8000")
"""Where llama-server and vLLM listen by default."""
SECONDS_HERE, SECONDS_ELSEWHERE = 2, 10
SECRET, SECRET_KEY = "backend-key", "api-key"
"""The Secret that stands for the key that the user gives."""
FORM = re.compile(r"(?:(?P<name>(?!https?://)[^=]+)=)?(?P<url>https?://\S+)")
MODES = {
    "rerank": re.compile(r"(?i)rerank"),
    "embedding": re.compile(r"(?i)embed|\bbge\b|minilm|\be5\b|\bgte\b"),
    "audio_transcription": re.compile(r"(?i)whisper|parakeet"),
    "audio_speech": re.compile(r"(?i)\btts\b|kokoro|piper"),
}
"""What a model is for, by its name, where the server does not say; any other is for chat."""


@dataclass(frozen=True)
class Backend:
    """A model that a server serves. model is LiteLLM's provider and the server's name for it; keyed is whether the
    server wants the user's key.
    """

    name: str
    model: str
    url: str
    mode: str = "chat"
    info: dict[str, Any] = field(default_factory=dict)
    keyed: bool = False

    @property
    def entry(self) -> dict[str, Any]:
        """The entry of litellm.models."""
        entry = {"name": self.name, "model": self.model, "apiBase": self.url, "mode": self.mode}
        secret = {"apiKeySecret": {"name": SECRET, "key": SECRET_KEY}} if self.keyed else {}
        return entry | secret | ({"modelInfo": self.info} if self.info else {})


def given(texts: Iterable[str], key: str = "") -> list[Backend]:
    """The backends of NAME=URL or URL. UserError if one has another form, does not answer or serves no such model.

    key: what servers ask for as the API key.
    """
    found = [backend for text in texts for backend in _given(text, key)]
    return [replace(backend, keyed=bool(key)) for backend in found]


def running() -> list[Backend]:
    """What an Ollama, or else a llama-server, on this machine serves; [] without either."""
    for url in (OLLAMA, *LLAMA_SERVERS):
        backends = _served(url, SECONDS_HERE)
        if backends:
            return backends
    return []


def mode_of(name: str) -> str:
    """What a model is for, by its name."""
    return next((mode for mode, pattern in MODES.items() if pattern.search(name)), "chat")


def public_name(name: str) -> str:
    """The name of a model in the API: without folders, .gguf and Ollama's :latest."""
    short = name.rstrip("/").rsplit("/", 1)[-1] if name.startswith(("/", ".")) else name
    return re.sub(r"[^A-Za-z0-9._:/@+-]+", "-", short.removesuffix(".gguf").removesuffix(":latest")).strip("-._:/@+")


def _given(text: str, key: str) -> list[Backend]:
    match = FORM.fullmatch(text)
    if not match:
        raise UserError(f"--backend {text}: not a URL", hint="use --backend URL, or --backend NAME=URL for one model")
    url = match["url"].rstrip("/").removesuffix("/v1")
    served = _served(url, SECONDS_ELSEWHERE, key)
    name = match["name"]
    if not served:
        raise UserError(
            f"--backend {text}: {url}/v1/models does not list models",
            hint="use the address of a running server with an OpenAI-compatible API, or of an Ollama;"
            " set BACKEND_API_KEY, or --backend-key, if it asks for a key",
            code=1,
        )
    if not name:
        return served
    chosen = [backend for backend in served if name in (backend.name, backend.model.partition("/")[2])] or served
    if len(chosen) > 1:
        names = ", ".join(backend.name for backend in chosen)
        raise UserError(f"--backend {text}: this server has no model {name}", hint=f"it serves {names}", code=1)
    [only] = chosen
    return [replace(only, name=name, mode=mode_of(name) if only.mode == "chat" else only.mode)]


def _served(url: str, seconds: float, key: str = "") -> list[Backend]:
    """What a server serves, whether it is an Ollama or has OpenAI's API; [] if it does not answer."""
    tags = _ask(f"{url}/api/tags", seconds, key)
    names = [item.get("name") for item in _items(tags, "models")]
    ollama = [_of_ollama(url, str(name), seconds, key) for name in names if name]
    return ollama or list(_of_openai(url, _ask(f"{url}/v1/models", seconds, key)))


def _of_ollama(url: str, name: str, seconds: float, key: str) -> Backend:
    details = _ask(f"{url}/api/show", seconds, key, {"model": name})
    can = details.get("capabilities") or [] if isinstance(details, dict) else []
    if "embedding" in can or (not can and mode_of(name) == "embedding"):
        return Backend(public_name(name), f"ollama/{name}", url, "embedding")
    # False matters: the page sends tools with every chat, which an Ollama rejects for such a model
    tools = {"supports_function_calling": "tools" in can} if can else {}
    info = tools | ({"supports_vision": True} if "vision" in can else {})
    return Backend(public_name(name), f"ollama_chat/{name}", url, "chat", info)


def _of_openai(url: str, answer: Any) -> Iterator[Backend]:
    for item in _items(answer, "data"):
        name = str(item.get("id") or "")
        if public_name(name):
            inputs = (item.get("architecture") or {}).get("input_modalities") or []
            info = {"supports_vision": True} if "image" in inputs else {}
            yield Backend(public_name(name), f"hosted_vllm/{name}", f"{url}/v1", mode_of(public_name(name)), info)


def _items(answer: Any, key: str) -> list[dict[str, Any]]:
    """The maps in a list of an answer; [] for an answer of another form."""
    items = answer.get(key) if isinstance(answer, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, which would hand the key to another server."""

    def redirect_request(self, *_: Any) -> None:
        """No request, so that the redirect is an HTTPError."""


def _ask(url: str, seconds: float, key: str, body: dict[str, str] | None = None) -> Any:
    """The JSON that a URL answers; None without one."""
    content = json.dumps(body).encode() if body else None
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(url, content, headers)
    # a proxy is for other networks than that of the models
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    try:
        with opener.open(request, timeout=seconds) as answer:
            return json.load(answer)
    except NO_ANSWER:
        return None
