"""A small server of models on this machine: OpenAI's API, or Ollama's, with fixed answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, TCPServer, ThreadingTCPServer
from typing import Any

ANSWER = "Lighthouses are tall."
CHAT = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


@contextmanager
def answering(key: str = "", **answers: Any) -> Iterator[str]:
    """The address of a server that answers JSON by path: v1_models={...} for /v1/models. A function gets the request.

    key: the API key without which it answers 401.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}"))

        def _answer(self, request: Any) -> None:
            answer = answers.get(self.path.strip("/").replace("/", "_"))
            content = answer(request) if callable(answer) else answer
            allowed = not key or self.headers["Authorization"] == f"Bearer {key}"
            self.send_response((200 if content is not None else 404) if allowed else 401)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(content if isinstance(content, bytes) else json.dumps(content).encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


@contextmanager
def sending(content: bytes) -> Iterator[str]:
    """The address of a server that answers every request with the same bytes, which need not be HTTP."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(content)

    with _serving(ThreadingTCPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


@contextmanager
def _serving(server: TCPServer) -> Iterator[str]:
    """The address of a server, which answers in the background until the end."""
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def openai(*names: str) -> dict[str, Any]:
    """The answers of a server with OpenAI's API."""
    return {"v1_models": {"data": [{"id": name} for name in names]}, "v1_chat_completions": CHAT}


def ollama(**capabilities: list[str]) -> dict[str, Any]:
    """The answers of an Ollama with models, by their names and what they can do."""
    return {
        "api_tags": {"models": [{"name": f"{name}:latest"} for name in capabilities]},
        "api_show": lambda request: {"capabilities": capabilities[request["model"].removesuffix(":latest")]},
    }
