"""Ports of this machine."""

import socket

TRIED = 100


def free_port(first: int) -> int:
    """The first free port of the loopback address from this one on; any free one if the next ones are taken."""
    for port in [*range(first, first + TRIED), 0]:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise OSError("no port is free")
