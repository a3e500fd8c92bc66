"""Ends the programs of a trial if the trial itself is killed, which it cannot notice: run as a program of its own.

It reads the ids of process groups, a line each, and ends them when its standard input is closed; `done` clears the
list.
"""

import contextlib
import os
import signal
import sys
import time

SECONDS_TO_STOP = 5


def main() -> None:
    """Waits for the end of standard input, then ends the groups that were named and not cleared."""
    groups: list[int] = []
    for line in sys.stdin:
        groups = [] if line == "done\n" else [*groups, int(line)]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)
        if groups and number == signal.SIGTERM:
            time.sleep(SECONDS_TO_STOP)


if __name__ == "__main__":
    main()
