"""How seldom a command collects garbage that the end of its process makes superfluous."""

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

LARGE_BYTES = 50_000
"""Total size of large values files, with some hundred nodes."""


def collect_seldom(files: Sequence[Path]) -> None:
    """Collects no garbage here: the process exits soon, and its many small objects live until then. Restarts a command
    with large files with GOGC set: Go, which renders, only reads it at the start of a process, and would spend a fifth
    of the time on garbage collection.
    """
    large = sum(file.stat().st_size for file in files if file.is_file()) > LARGE_BYTES
    if large and os.name == "posix" and "GOGC" not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "GOGC": "800"})
    gc.disable()
