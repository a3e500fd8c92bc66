"""What a command does first if it renders, so that it ends sooner."""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

LARGE_BYTES = 50_000
"""Total size of large values files, with some hundred nodes."""


def ahead(files: Sequence[Path]) -> None:
    """Prepares the render in a thread while the command reads its other files: the start of Helm's library takes as
    long as that. Collects no garbage: the process exits soon, and its many small objects live until then.
    """
    _collect_seldom(files)
    gc.disable()
    Thread(target=_prepare, name="render").start()


def _prepare() -> None:
    from ai_server.helm.render import prepare

    with suppress(Exception):  # the render reports it
        prepare()


def _collect_seldom(files: Sequence[Path]) -> None:
    """Restarts a command with large files with GOGC set. Go, which renders, only reads it at the start of a process,
    and would spend a fifth of the time on garbage collection that the end of the process makes superfluous.
    """
    large = sum(file.stat().st_size for file in files if file.is_file()) > LARGE_BYTES
    if large and os.name == "posix" and "GOGC" not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "GOGC": "800"})
