"""Faults of a mock, set by its environment at the start or by POST /mock while it runs.

MOCK_START_SECONDS=8     takes 8 s to load              MOCK_FAULT=crash:2   exits with code 2 on the next request
MOCK_FAULT=fail-start:1  exits while loading            MOCK_FAULT=hang      accepts requests and never answers
MOCK_FAULT=slow:5        delays each answer by 5 s      MOCK_FAULT=oom       allocates memory until it is killed
MOCK_FAULT=garbled       answers with bytes, not JSON   MOCK_FAULT=half      closes the connection in mid-stream
MOCK_FAULT=big:10        streams answers of 10 MiB
"""

import asyncio
import os
import signal
import sys
import time

EVENTS_OF_HALF = 6
EVENTS = 12
"""About as many words as a mock says."""
current = os.environ.get("MOCK_FAULT", "")


def at_start() -> None:
    """Loads, or fails while loading. A first process ignores SIGTERM unless it asks for it: loading can be ended."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    time.sleep(float(os.environ.get("MOCK_START_SECONDS", "0")))
    kind, _, amount = current.partition(":")
    if kind == "fail-start":
        print("RuntimeError: fault of the mock while loading", file=sys.stderr)
        sys.exit(int(amount or "1"))


async def at_request() -> None:
    """Causes the current fault, before answering a request that is not a health check."""
    kind, _, amount = current.partition(":")
    if kind == "slow":
        await asyncio.sleep(float(amount))
    elif kind == "hang":
        await asyncio.Event().wait()
    elif kind == "crash":
        print("Segmentation fault (of the mock)", file=sys.stderr)
        os._exit(int(amount or "139"))
    elif kind == "oom":
        await asyncio.to_thread(_take_memory)


def is_garbled() -> bool:
    """Whether answers are to be bytes that nobody can read."""
    return current == "garbled"


def breaks_off(place: int) -> bool:
    """Whether the connection is to be closed before the event of this place in a stream."""
    return current == "half" and place == EVENTS_OF_HALF


def enlarged(event: bytes) -> bytes:
    """An event of a stream whose text is as large as the fault says: equal events would count as a model in a loop."""
    kind, _, amount = current.partition(":")
    words = b"word " * ((int(amount) << 20) // EVENTS // 5) if kind == "big" else b""
    return event.replace(b'"content": " ', b'"content": " ' + words)


def _take_memory() -> None:
    taken = []
    while True:
        taken.append(bytearray(os.urandom(1 << 20) * 16))


def tell(fault: str) -> None:
    """Sets the fault of a running mock; "" clears it."""
    global current
    current = fault
