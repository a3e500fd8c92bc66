"""Servers of models that run already: those at given addresses, and an Ollama or llama-server on this machine."""

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ai_server.errors import UserError
from ai_server.kube.addresses import server_of
from ai_server.local.answers import LIST, NoAnswer, ask

OLLAMA = "http://127.0.0.1:11434"
LLAMA_SERVERS = ("http://127.0.0.1:8080", "http://127.0.0.1:8000")
"""Where llama-server and vLLM listen by default."""
SECONDS_HERE, SECONDS_ELSEWHERE = 2, 10
SECRET, SECRET_KEY = "backend-key", "api-key"
"""The Secret that stands for the key that the user gives."""
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
    def answered_by(self) -> str:
        """The server's model that answers under another name; "" if the name is the model's own."""
        model = self.model.partition("/")[2]
        return "" if self.name in (model, public_name(model)) else public_name(model)

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
    addresses = [_address(text) for text in texts]
    found = [backend for address in addresses for backend in _given(*address, key)]
    return [replace(backend, keyed=bool(key)) for backend in found]


def running() -> list[Backend]:
    """What an Ollama, or else a llama-server, on this machine serves; [] without either."""
    for url in (OLLAMA, *LLAMA_SERVERS):
        with contextlib.suppress(NoAnswer):
            return _served(url, SECONDS_HERE)
    return []


def mode_of(name: str) -> str:
    """What a model is for, by its name."""
    return next((mode for mode, pattern in MODES.items() if pattern.search(name)), "chat")


def public_name(name: str) -> str:
    """The name of a model in the API: without folders, .gguf and Ollama's :latest."""
    short = name.rstrip("/").rsplit("/", 1)[-1] if name.startswith(("/", ".")) else name
    return re.sub(r"[^A-Za-z0-9._:/@+-]+", "-", short.removesuffix(".gguf").removesuffix(":latest")).strip("-._:/@+")


def _address(text: str) -> tuple[str, str, str]:
    """The text, the name and the server of NAME=URL or URL; the name is "" without one. UserError for another form."""
    before, equals, after = text.partition("=")
    named = equals and "://" not in before
    if named and not before:
        raise UserError(f"--backend {text}: the name before = is missing")
    return text, before if named else "", server_of(after if named else text, f"--backend {text}")


def _given(text: str, name: str, url: str, key: str) -> list[Backend]:
    try:
        served = _served(url, SECONDS_ELSEWHERE, key)
    except NoAnswer as error:
        raise UserError(
            f"--backend {text}: {url}{LIST} does not list models: {error.reason}",
            hint=error.hint or "use the address of a running server with an OpenAI-compatible API, or of an Ollama",
            code=1,
        ) from None
    if not name:
        return served
    chosen = [backend for backend in served if name in (backend.name, backend.model.partition("/")[2])] or served
    if len(chosen) > 1:
        names = ", ".join(backend.name for backend in chosen)
        raise UserError(f"--backend {text}: this server has no model {name}", hint=f"it serves {names}", code=1)
    [only] = chosen
    return [replace(only, name=name, mode=mode_of(name) if only.mode == "chat" else only.mode)]


def _served(url: str, seconds: float, key: str = "") -> list[Backend]:
    """What a server serves, whether it is an Ollama or has OpenAI's API. NoAnswer if it lists no model."""
    tags = _asked(f"{url}/api/tags", seconds, key)
    names = [item.get("name") for item in _items(tags, "models")]
    ollama = [_of_ollama(url, str(name), seconds, key) for name in names if name]
    served = ollama or list(_of_openai(url, ask(f"{url}{LIST}", seconds, key)))
    if not served:
        raise NoAnswer("its list is empty")
    return served


def _asked(url: str, seconds: float, key: str, body: dict[str, str] | None = None) -> Any:
    """The JSON that a URL answers; None without one."""
    with contextlib.suppress(NoAnswer):
        return ask(url, seconds, key, body)
    return None


def _of_ollama(url: str, name: str, seconds: float, key: str) -> Backend:
    details = _asked(f"{url}/api/show", seconds, key, {"model": name})
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
