"""A model server that answers every chat and every prompt with a word, or fails, in this process."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Backend:
    """Its HOST:PORT, and the models that requests named."""

    address: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def backend(status: int = 200) -> Iterator[Backend]:
    """A running backend, which answers with a status."""
    served = Backend("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.asked.append(request["model"])
            message = {"role": "assistant", "content": "Yes."}
            choice = {"index": 0, "message": message, "text": "Yes.", "finish_reason": "stop"}
            usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
            answer = {"id": "1", "object": "chat.completion", "created": 1, "model": request["model"]}
            error = {"error": {"message": "it failed", "type": "server_error", "code": status}}
            self.send(answer | {"choices": [choice], "usage": usage} if status == 200 else error)

        def send(self, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.address = f"127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
