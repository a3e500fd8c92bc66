"""Shows that something slow is running."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Shows on stderr that something slow is running: a spinner on a terminal, else a line before and after."""
    import time

    from rich.console import Console

    console = Console(stderr=True)
    started = time.monotonic()
    if console.is_terminal:
        with console.status(f"{what} ..."):
            yield
    else:
        print(f"{what} ...", file=sys.stderr)
        yield
    console.print(f"{what}: {time.monotonic() - started:.0f} s", highlight=False, soft_wrap=True)
