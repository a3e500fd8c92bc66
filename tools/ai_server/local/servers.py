"""Starts programs on this machine, watches them, and stops them with everything that they started."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from ai_server.errors import UserError
from ai_server.local import guard
from ai_server.local.container import Process
from ai_server.local.ports import NO_ANSWER
from ai_server.local.signals import Stopped, held

KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Variables of this machine that a program gets; others, such as OPENAI_API_KEY, would change what the render says."""
SECONDS_TO_STOP = 10
LAST_LINES = 15
TAKEN = re.compile(r"\[Errno (98|48)\]|[Aa]ddress already in use|couldn't bind HTTP server socket")
"""What programs log if something else has their port, on Linux and macOS; the last one is llama-server's."""
BANNER = re.compile(r"[\s█╔╗╚╝═║]*")
"""A line of Open WebUI's name in large letters, or an empty one."""


@dataclass
class Server:
    """A program that was started."""

    name: str
    running: "subprocess.Popen[bytes]"
    log: Path
    port: int


class Servers:
    """The programs of a trial. Their output goes to NAME.log in a folder."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._started: list[Server] = []
        self._guard = subprocess.Popen(
            [sys.executable, "-I", guard.__file__], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def start(self, name: str, process: Process, path: str, seconds: float) -> None:
        """Starts a program and waits until a path answers 200. UserError if a program ends, or after that time."""
        log = self.logs / f"{name}.log"
        env = {key: os.environ[key] for key in KEPT if key in os.environ} | process.env
        process.folder.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output, held():
            running = subprocess.Popen(
                process.command,
                env=env,
                cwd=process.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # a group of its own: Ctrl-C in the terminal reaches this process alone, which then stops all in order
                start_new_session=True,
            )
            self._started.append(Server(name, running, log, process.port))
            self._tell_guard(str(running.pid))
        latest = time.monotonic() + seconds
        while not _answers(f"http://127.0.0.1:{process.port}{path}"):
            self.watch()
            if time.monotonic() > latest:
                raise UserError(f"{name} is not ready after {seconds:.0f} s", hint=_end_of(log), code=1)
            time.sleep(0.3)
        # the answer may be that of another program, which had the port first
        self.watch()

    def watch(self) -> None:
        """UserError with the end of its log if a program has ended."""
        for server in self._started:
            status = server.running.poll()
            if status is not None:
                if any(map(TAKEN.search, _last_lines(server.log))):
                    raise UserError(f"port {server.port} was taken meanwhile", hint="start again", code=1)
                how = f"signal {-status}" if status < 0 else f"status {status}"
                raise UserError(f"{server.name} ended with {how}", hint=_end_of(server.log), code=1)

    def stop(self) -> None:
        """Ends all programs, last started first, and kills what is left after ten seconds or at another Ctrl-C."""
        with contextlib.suppress(Stopped):
            latest = time.monotonic() + SECONDS_TO_STOP
            for server in reversed(self._started):
                _signal(server, signal.SIGTERM)
            for server in reversed(self._started):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    server.running.wait(max(0, latest - time.monotonic()))
        for server in self._started:
            _signal(server, signal.SIGKILL)
            server.running.wait()
        self._started.clear()
        self._tell_guard("done")
        if self._guard.stdin:
            self._guard.stdin.close()
        self._guard.wait()

    def _tell_guard(self, line: str) -> None:
        if self._guard.stdin and not self._guard.stdin.closed:
            with contextlib.suppress(OSError):
                self._guard.stdin.write(f"{line}\n")
                self._guard.stdin.flush()


def _signal(server: Server, number: int) -> None:
    """Sends a signal to a program and to everything that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(server.running.pid, number)


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except NO_ANSWER:
        return False


def _end_of(log: Path) -> str:
    """The last lines of a log, below its path."""
    return "\n  ".join([f"{log}:", *_last_lines(log)])


def _last_lines(log: Path) -> list[str]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if not BANNER.fullmatch(line)][-LAST_LINES:]
