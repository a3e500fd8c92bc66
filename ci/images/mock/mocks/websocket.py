"""The server's side of a websocket: the handshake, and text to everybody who listens (RFC 6455)."""

import base64
import hashlib
import json
import struct
from http.server import BaseHTTPRequestHandler

from mocks.server import Refusal

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # the RFC's own


class Sockets:
    """Those who listen."""

    def __init__(self) -> None:
        self.handlers: list[BaseHTTPRequestHandler] = []

    def join(self, handler: BaseHTTPRequestHandler, greeting: object) -> None:
        """Makes a request a websocket, greets it, and keeps it until the other side goes."""
        key = handler.headers.get("Sec-WebSocket-Key")
        if not key:
            raise Refusal(400, {"error": "not a websocket"})
        accept = base64.b64encode(hashlib.sha1(f"{key}{MAGIC}".encode()).digest()).decode()
        handler.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)):
            handler.send_header(name, value)
        handler.end_headers()
        handler.close_connection = True
        self.handlers.append(handler)
        _write(handler, greeting)
        while handler.rfile.read(1):
            pass
        self.handlers.remove(handler)

    def send(self, message: object) -> None:
        """Sends to all; one that has gone is left out."""
        for handler in list(self.handlers):
            try:
                _write(handler, message)
            except OSError:
                continue


def _write(handler: BaseHTTPRequestHandler, message: object) -> None:
    content = json.dumps(message).encode()
    length = bytes([len(content)]) if len(content) < 126 else b"\x7e" + struct.pack(">H", len(content))
    handler.wfile.write(b"\x81" + length + content)
    handler.wfile.flush()
