"""Signals that end a trial, as an exception."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Stopped(Exception):
    """Ctrl-C, or a signal to end."""


class _State:
    """Whether a signal waits, and how many signals came meanwhile."""

    held = False
    waiting = 0


@contextlib.contextmanager
def signals_stop() -> Iterator[None]:
    """Makes Ctrl-C, SIGTERM and a closed terminal (unless nohup ignores that) raise Stopped."""

    def stop(number: int, frame: FrameType | None) -> None:
        if _State.held:
            _State.waiting += 1
        else:
            raise Stopped

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ignored = {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else set()
    before = {number: signal.signal(number, stop) for number in numbers if number not in ignored}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Lets signals wait until the end of a block that must not be left halfway, such as the start of a program."""
    _State.held, _State.waiting = True, 0
    try:
        yield
    finally:
        _State.held = False
    if _State.waiting:
        raise Stopped
