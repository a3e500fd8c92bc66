"""What a mock can be told to do wrong, by its environment at the start or by POST /mock while it runs.

MOCK_START_SECONDS=8     it loads for so long           MOCK_FAULT=crash:2   the next request ends it with code 2
MOCK_FAULT=fail-start:1  it ends while loading          MOCK_FAULT=hang      it takes requests and never answers
MOCK_FAULT=slow:5        each answer takes 5 s more     MOCK_FAULT=oom       it takes memory until it is killed
"""

import asyncio
import os
import signal
import sys
import time

current = os.environ.get("MOCK_FAULT", "")


def at_start() -> None:
    """Loads, or fails while loading. A first process ignores SIGTERM unless it asks for it: loading can be ended."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    time.sleep(float(os.environ.get("MOCK_START_SECONDS", "0")))
    kind, _, amount = current.partition(":")
    if kind == "fail-start":
        print("RuntimeError: told to fail while loading", file=sys.stderr)
        sys.exit(int(amount or "1"))


async def at_request() -> None:
    """Does the present fault, before a request that is not a health check is answered."""
    kind, _, amount = current.partition(":")
    if kind == "slow":
        await asyncio.sleep(float(amount))
    elif kind == "hang":
        await asyncio.Event().wait()
    elif kind == "crash":
        print("Segmentation fault (told to)", file=sys.stderr)
        os._exit(int(amount or "139"))
    elif kind == "oom":
        await asyncio.to_thread(_take_memory)


def _take_memory() -> None:
    taken = []
    while True:
        taken.append(bytearray(os.urandom(1 << 20) * 16))


def tell(fault: str) -> None:
    """Sets the fault of a running mock; "" ends it."""
    global current
    current = fault
