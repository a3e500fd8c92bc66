"""Programs on this machine: started, watched, and stopped with everything that they started."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_server.errors import UserError
from ai_server.local.container import Process
from ai_server.local.ports import any_free_port, free_port, is_free
from ai_server.local.servers import Servers
from ai_server.local.signals import Stopped, held, signals_stop
from tests.tools.model_server import answering, sending

SERVE = "from http.server import *; HTTPServer(('127.0.0.1', {port}), SimpleHTTPRequestHandler).serve_forever()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
WITH_PID = "import os; print(os.getpid(), flush=True); "
WITH_CHILD = "import subprocess; print(subprocess.Popen(['sleep', '300']).pid, flush=True); "


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    started = Servers(tmp_path)
    yield started
    started.stop()


def program(code: str, folder: Path, port: int = 0) -> Process:
    return Process([sys.executable, "-c", code.format(port=port)], {"ONE": "1"}, port, folder)


def lives(pid: int) -> bool:
    """Whether a process runs, and is not just waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends(pid: int, seconds: float = 10) -> bool:
    latest = time.monotonic() + seconds
    while lives(pid) and time.monotonic() < latest:
        time.sleep(0.05)
    return not lives(pid)


def test_a_program_is_started_when_it_answers(servers: Servers, tmp_path: Path) -> None:
    port = any_free_port()
    servers.start("web", program(SERVE, tmp_path / "run", port), "/", 20)
    assert not is_free(port)
    servers.stop()
    assert is_free(port)


def test_programs_see_nothing_else_of_this_machine(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "mine")
    with pytest.raises(UserError):
        servers.start("env", program("import os; print(sorted(os.environ))", tmp_path), "/", 20)
    printed = (tmp_path / "env.log").read_text()
    assert "'ONE'" in printed
    assert "OPENAI_API_KEY" not in printed


def test_what_a_program_started_ends_with_it(servers: Servers, tmp_path: Path) -> None:
    port = any_free_port()
    servers.start("web", program(WITH_CHILD + SERVE, tmp_path, port), "/", 20)
    child = int((tmp_path / "web.log").read_text().splitlines()[0])
    assert lives(child)
    servers.stop()
    assert ends(child)


def test_a_program_that_ignores_sigterm_is_killed(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ai_server.local.servers.SECONDS_TO_STOP", 0.2)
    port = any_free_port()
    servers.start("web", program(STUBBORN + SERVE, tmp_path, port), "/", 20)
    servers.stop()
    assert is_free(port)


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("print('no such model'); raise SystemExit(3)", "status 3"),
        ("import os; print('x'); os.kill(os.getpid(), 9)", "signal 9"),
    ],
)
def test_a_program_that_ends_is_reported_with_its_log(servers: Servers, tmp_path: Path, code: str, how: str) -> None:
    with pytest.raises(UserError, match=f"model ended with {how}") as error:
        servers.start("model", program(code, tmp_path), "/", 20)
    assert error.value.code == 1
    assert error.value.hint.startswith(str(tmp_path / "model.log"))
    assert ("no such model" in error.value.hint) is (how == "status 3")


@pytest.mark.parametrize(
    "line",
    [
        "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8080): address already in use",
        "E srv: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080",
    ],
)
def test_a_port_that_is_taken_during_the_start_is_named(servers: Servers, tmp_path: Path, line: str) -> None:
    port = any_free_port()
    with pytest.raises(UserError, match=f"^port {port} was taken meanwhile\nstart again$"):
        servers.start("page", program(f"raise SystemExit({line!r})", tmp_path, port), "/", 20)


def test_a_quoted_log_has_no_banner(servers: Servers, tmp_path: Path) -> None:
    code = r"print(' ██████╗ ██╗\n ╚═════╝ ╚═╝\n\nno such column'); raise SystemExit(1)"
    with pytest.raises(UserError) as error:
        servers.start("page", program(code, tmp_path), "/", 20)
    assert error.value.hint.splitlines()[1:] == ["  no such column"]


def test_a_program_that_ends_later_is_noticed(servers: Servers, tmp_path: Path) -> None:
    port = any_free_port()
    servers.start("web", program(WITH_PID + SERVE, tmp_path, port), "/", 20)
    servers.watch()
    pid = int((tmp_path / "web.log").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    assert ends(pid)
    with pytest.raises(UserError, match="web ended with signal 9"):
        servers.watch()


def test_a_program_that_never_answers_is_reported(servers: Servers, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="slow is not ready after 1 s"):
        servers.start("slow", program("import time; time.sleep(60)", tmp_path, any_free_port()), "/", 1)


def test_a_port_that_does_not_speak_http_is_not_ready(servers: Servers, tmp_path: Path) -> None:
    with sending(b"220 mail ready\r\n") as mail, pytest.raises(UserError, match="slow is not ready"):
        servers.start("slow", program("import time; time.sleep(60)", tmp_path, int(mail.rpartition(":")[2])), "/", 1)


def test_an_answer_of_another_program_is_not_readiness(servers: Servers, tmp_path: Path) -> None:
    code = "import time; time.sleep(0.2); raise SystemExit('the port is in use')"
    with answering(**{"": lambda _: time.sleep(1) or {}}) as url, pytest.raises(UserError, match="ended with status 1"):
        servers.start("web", program(code, tmp_path, int(url.rpartition(":")[2])), "/", 20)


def test_programs_end_when_the_trial_is_killed(tmp_path: Path) -> None:
    port = any_free_port()
    code = (
        "import sys; from pathlib import Path; from ai_server.local.servers import Servers;"
        "from ai_server.local.container import Process\n"
        f"servers = Servers(Path({str(tmp_path)!r}))\n"
        f"servers.start('web', Process([sys.executable, '-c', {SERVE.format(port=port)!r}], {{}}, {port},"
        f" Path({str(tmp_path)!r})), '/', 20)\n"
        "print('ready', flush=True); import time; time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as trial:
        assert trial.stdout
        assert trial.stdout.readline() == "ready\n"
        trial.kill()
    latest = time.monotonic() + 15
    while not is_free(port) and time.monotonic() < latest:
        time.sleep(0.1)
    assert is_free(port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_a_trial(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # nohup ignores SIGHUP
    with signals_stop(), pytest.raises(Stopped):
        signal.raise_signal(number)
    signal.signal(number, before)


def test_a_signal_waits_while_a_program_starts() -> None:
    steps = []

    def start() -> None:
        with held():
            signal.raise_signal(signal.SIGINT)
            steps.append("started")

    with signals_stop(), pytest.raises(Stopped):
        start()
    assert steps == ["started"]


def test_the_next_port_is_used_for_one_that_is_taken() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = server.getsockname()[1]
        assert not is_free(taken)
        assert taken < free_port(taken) < taken + 50
        other = free_port(taken)
        assert free_port(taken, other) > other
