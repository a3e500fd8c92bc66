"""Ports of this machine: free ones, and what may listen on others."""

import contextlib
import http.client
import socket

from ai_server.errors import UserError

NEXT_PORTS = 50
NO_ANSWER = (OSError, ValueError, http.client.HTTPException)
"""What a request raises if nothing listens on a port, or a program that does not speak HTTP or answers no JSON."""


def is_free(port: int) -> bool:
    """Whether nothing on this machine listens on a port."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as client:
            client.settimeout(1)
            if client.connect_ex((address, port)) == 0:
                return False
    with socket.socket() as server:
        # as uvicorn does; without it, a port is taken for a minute after its connections were closed
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """A port that nothing listens on, of the system's choice: programs that ask at the same time get different ones."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def free_port(wanted: int, *others: int) -> int:
    """A port that nothing listens on: the wanted one, or the next. UserError if there is none."""
    for port in range(wanted, min(wanted + NEXT_PORTS, 65536)):
        if port not in others and is_free(port):
            return port
    raise UserError(f"no port from {wanted} to {wanted + NEXT_PORTS - 1} is free")
