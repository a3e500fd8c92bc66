"""An HTTP server of the standard library with routes, keys, streams and multipart forms: as much as the mocks need."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from mocks import faults


class Refusal(Exception):
    """An answer that is an error: its status and its JSON body."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class Request:
    """A request: path parameters, query, headers and body."""

    def __init__(self, handler: BaseHTTPRequestHandler, parameters: dict[str, str]) -> None:
        self.handler = handler
        self.parameters = parameters
        self.query = {key: values[0] for key, values in parse_qs(urlsplit(handler.path).query).items()}
        self.headers = handler.headers
        self.body = handler.rfile.read(int(self.headers.get("Content-Length") or 0))

    def json(self) -> dict:
        """The body as a JSON object; 400 when it is none."""
        try:
            content = json.loads(self.body or b"{}")
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise Refusal(400, {"error": {"message": "the body is not a JSON object", "code": 400}})
        return content

    def form(self) -> dict[str, bytes]:
        """The parts of a multipart form by name."""
        head = f"Content-Type: {self.headers.get('Content-Type', '')}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        parts = message.iter_parts() if message.is_multipart() else []
        return {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}

    def bearer(self) -> str:
        """The key of its Authorization header."""
        return self.headers.get("Authorization", "").removeprefix("Bearer ")


Route = Callable[[Request], object]


class App:
    """Routes of a program. `public` paths need no key; `refused` is its answer to a wrong one."""

    def __init__(self, *, key: str = "", public: tuple[str, ...] = (), refused: Refusal | None = None) -> None:
        self.key, self.public, self.refused = key, public, refused or Refusal(401, {})
        self.routes: list[tuple[str, re.Pattern, Route]] = []

    def on(self, method: str, path: str) -> Callable[[Route], Route]:
        """Registers what answers METHOD /path/{name}."""

        def add(route: Route) -> Route:
            pattern = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(path)) + "$")
            self.routes.append((method, pattern, route))
            return route

        return add

    def answer(self, handler: BaseHTTPRequestHandler) -> object:
        """What the route of a request returns; Refusal for no route or a wrong key."""
        path = urlsplit(handler.path).path
        for method, pattern, route in self.routes:
            if method == handler.command and (found := pattern.match(path)):
                request = Request(handler, found.groupdict())
                public = any(re.fullmatch(each, path) for each in self.public)
                if self.key and not public and request.bearer() != self.key:
                    raise self.refused
                if not public:
                    faults.at_request()
                return route(request)
        raise Refusal(404, {"detail": "Not Found"})


def serve(app: App, host: str, port: int) -> None:
    """Answers until SIGTERM, which ends the process with exit code 0 once open requests are done.

    Idle connections that a client keeps are not waited for, as uvicorn does not wait for them.
    """
    busy = 0
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            nonlocal busy
            with lock:
                busy += 1
            try:
                self._do()
            finally:
                with lock:
                    busy -= 1

        def _do(self) -> None:
            try:
                if self.path == "/mock" and self.command == "POST":
                    faults.tell(Request(self, {}).body.decode())
                    result: object = {}
                else:
                    result = app.answer(self)
                status = 200
            except Refusal as refusal:
                status, result = refusal.status, refusal.body
            _send(self, status, result)

        do_GET = do_POST = do_DELETE = _answer

        def log_message(self, form: str, *values: object) -> None:
            print(f"{self.address_string()} {form % values}")

    # dual stack where the host asks for any address, as uvicorn and aiohttp listen
    server = ThreadingHTTPServer((host, port), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on {host}:{port}")
    server.serve_forever(poll_interval=0.1)
    while busy:
        time.sleep(0.05)
    os._exit(0)  # threads that wait on idle connections end with it


def _send(handler: BaseHTTPRequestHandler, status: int, result: object) -> None:
    """JSON, text, (type, bytes), an iterator of text (server-sent events), or None where the route has sent it all."""
    if result is None:
        return
    if isinstance(result, Iterator):
        _stream(handler, result)
        return
    kind, body = result if isinstance(result, tuple) else ("application/json", result)
    if isinstance(body, str) and kind == "application/json":
        kind, body = "text/plain; charset=utf-8", body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _stream(handler: BaseHTTPRequestHandler, events: Iterator[str]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for event in events:
        chunk = event.encode()
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        handler.wfile.flush()
    handler.wfile.write(b"0\r\n\r\n")
