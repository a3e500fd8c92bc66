"""try: the real gateway and the real page on this machine, as a person starts, uses and stops them."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ai_server.cli import main
from ai_server.cli import trial as cli_trial
from ai_server.cli.options import Output
from ai_server.cli.trial import _print
from ai_server.local import backends, environment, trial
from ai_server.local.ports import free_port, is_free
from ai_server.local.trial_values import Ports
from tests.tools.model_server import ANSWER, answering, ollama, openai

COMMAND = [sys.executable, "-c", "from ai_server.cli import main; main()", "try", "--output", "json"]
Run = Callable[..., tuple[int, str]]


class Trial:
    """A trial that is ready, as its JSON describes it."""

    def __init__(self, process: "subprocess.Popen[str]", addresses: dict[str, Any]) -> None:
        self.process, self.addresses = process, addresses
        self.page, self.api = addresses["page"].replace("localhost", "127.0.0.1"), addresses["api"]

    def sign_in(self) -> dict[str, Any]:
        account = {"email": self.addresses["account"], "password": self.addresses["password"]}
        return asked(f"{self.page}/api/v1/auths/signin", "", account)

    def ports(self) -> list[int]:
        return [int(url.split(":")[2].split("/")[0]) for url in (self.page, self.api)]


def asked(url: str, key: str, body: Any = None) -> Any:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def question(model: str) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Tell me about lighthouses."}], "stream": False}


def answer_of(answer: dict[str, Any]) -> str:
    return str(answer["choices"][0]["message"]["content"])


@contextmanager
def started(folder: Path, *options: str) -> Iterator[Trial]:
    """A trial whose chats are below a folder; stopped by Ctrl-C, if the test did not stop it."""
    env = {**os.environ, "XDG_DATA_HOME": str(folder), "OPENAI_API_KEY": "of the developer"}
    port = free_port(28080)
    command = [*COMMAND, "--port", str(port), *options]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = iter(process.stdout or ())
            text = "".join(line for line in iter(lambda: next(lines, "}\n"), "}\n")) + "}"
            yield Trial(process, json.loads(text))
        finally:
            process.send_signal(signal.SIGINT)


def left_of(folder: Path) -> list[str]:
    """The processes with a variable that names a folder."""
    left = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(folder).encode() in environ.read_bytes():
                left.append(environ.with_name("cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return left


@pytest.mark.slow("starts the real programs twice", "tools/ai_server/local", "charts")
def test_a_trial_is_used_stopped_and_started_again(tmp_path: Path) -> None:
    chat = {
        "message": {"role": "assistant", "content": ANSWER},
        "done": True,
        "model": "llama",
        "prompt_eval_count": 1,
        "eval_count": 1,
    }
    with (
        answering("sk-mine", **openai("/models/qwen3-8b.gguf", "bge-m3")) as first,
        answering(**ollama(llama=["completion"]), api_chat=chat) as second,
    ):
        options = ("--backend", first, "--backend", f"llama={second}", "--backend-key", "sk-mine")
        with started(tmp_path, *options) as trial:
            account, key = trial.sign_in(), trial.addresses["key"]
            assert account["role"] == "admin"
            with urllib.request.urlopen(trial.page) as front:
                assert b"<!doctype html>" in front.read().lower()
            listed = asked(f"{trial.page}/api/models", account["token"])["data"]
            assert sorted(model["id"] for model in listed) == ["llama", "qwen3-8b"]
            assert trial.addresses["models"] == ["bge-m3", "llama", "qwen3-8b"]
            for model in ("llama", "qwen3-8b"):
                by_page = asked(f"{trial.page}/api/chat/completions", account["token"], question(model))
                by_api = asked(f"{trial.api}/chat/completions", key, question(model))
                assert [answer_of(by_page), answer_of(by_api)] == [ANSWER, ANSWER]
            assert len(left_of(tmp_path)) >= 3
            trial.process.send_signal(signal.SIGINT)
            assert trial.process.wait(30) == 0
        assert left_of(tmp_path) == []
        assert [port for port in trial.ports() if not is_free(port)] == []
        with started(tmp_path, *options) as again:
            assert (again.addresses["key"], again.addresses["signed_up"]) == (key, True)
            assert again.sign_in()["id"] == account["id"]
            again.process.send_signal(signal.SIGTERM)
            assert again.process.wait(30) == 0


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs try in this process, on a machine without model servers; returns its exit status and messages."""
    monkeypatch.setattr(backends, "OLLAMA", "http://127.0.0.1:9")
    monkeypatch.setattr(backends, "LLAMA_SERVERS", ())
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["ai-server", "try", *arguments])
        with pytest.raises(SystemExit) as status:
            main()
        return int(status.value.code or 0), capsys.readouterr().err

    return run


def test_without_a_backend_the_choices_are_listed(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    status, message = run()
    assert status == 1
    assert "there is no model to talk to" in message
    assert [choice for choice in ("--backend URL", "ollama", "--model FILE") if choice not in message] == []


@pytest.mark.parametrize("option", ["--port", "--api-port"])
def test_a_port_that_is_asked_for_must_be_free(run: Run, option: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        status, message = run(option, str(server.getsockname()[1]))
    assert status == 2
    assert f"use another {option}" in message


def test_the_page_and_the_api_have_two_ports(run: Run) -> None:
    assert run("--port", "4000", "--api-port", "4000")[1].startswith("ai-server: --port and --api-port are both 4000")


def test_a_second_trial_is_rejected(run: Run, tmp_path: Path) -> None:
    import fcntl

    folder = tmp_path / "data/ai-server/try"
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run() == (2, f"ai-server: a trial is running already, in {folder}\n  stop it with Ctrl-C\n")


@pytest.mark.parametrize("variable", ["XDG_DATA_HOME", "XDG_CACHE_HOME"])
def test_a_folder_that_cannot_be_written_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    with answering(**openai("qwen")) as url:
        status, message = run("--backend", url)
    assert status == 2
    assert f"{tmp_path}/file" in message
    assert "Not a directory" in message


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A model file, and on PATH a llama-server that cannot load it."""
    program, file = tmp_path / "llama-server", tmp_path / "a.gguf"
    program.write_text("#!/bin/sh\necho 'error: failed to load model'\nexit 1\n")
    program.chmod(0o755)
    file.write_bytes(b"GGUF")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return str(file)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that a trial installs, which it does not really."""
    programs: list[str] = []
    monkeypatch.setattr(environment, "python", programs.append)
    return programs


def test_a_model_server_that_dies_ends_the_trial(run: Run, model: str, installed: list[str]) -> None:
    status, message = run("--model", model)
    assert status == 1
    assert installed == ["litellm", "openwebui"]
    assert "llama-server ended with status 1" in message
    assert "error: failed to load model" in message


def test_rejected_values_are_reported_before_anything_is_installed(run: Run, installed: list[str]) -> None:
    with answering(**openai("qwen")) as url:
        status, message = run("--backend", f"two words={url}")
    assert (status, installed) == (1, [])
    assert "two words" in message


def test_a_port_that_is_taken_during_the_installation_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    port = free_port(28480)
    with socket.socket() as other:
        take = {"litellm": lambda: other.bind(("127.0.0.1", port)), "openwebui": other.listen}
        monkeypatch.setattr(environment, "python", lambda program: take[program]())
        status, message = run("--model", model, "--port", str(port))
    assert status == 1
    assert f"port {port} is in use now" in message


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The usual ports of the page and the API, which other programs use."""
    with socket.socket() as page, socket.socket() as api:
        for server in (page, api):
            server.bind(("127.0.0.1", 0))
            server.listen()
        numbers = [server.getsockname()[1] for server in (page, api)]
        monkeypatch.setattr(cli_trial, "PAGE_PORT", numbers[0])
        monkeypatch.setattr(cli_trial, "API_PORT", numbers[1])
        yield numbers


@pytest.mark.usefixtures("installed")
def test_other_ports_are_named_once_the_start_goes_ahead(run: Run, model: str, taken: list[int]) -> None:
    page, api = (
        f"port {port} is in use, so the {what} gets" for port, what in zip(taken, ("page", "API"), strict=True)
    )
    _, failed = run("--backend", "http://127.0.0.1:9")
    _, went_ahead = run("--model", model)
    assert [page in failed, api in failed] == [False, False]
    assert [page in went_ahead, api in went_ahead] == [True, True]


@pytest.mark.usefixtures("installed")
def test_fresh_deletes_only_when_the_start_goes_ahead(run: Run, model: str, tmp_path: Path) -> None:
    keys = tmp_path / "data/ai-server/try/keys.json"
    keys.parent.mkdir(parents=True)
    keys.write_text("{}")
    (tmp_path / "bad.yaml").write_text("litellm: {prt: 1}\n")
    for mistake in (("--backend", "http://127.0.0.1:9"), ("--backend", "localhost"), (str(tmp_path / "bad.yaml"),)):
        assert "deleted" not in run("--fresh", *mistake)[1]
    assert keys.read_text() == "{}"
    assert (
        f"deleted the accounts, chats and keys of earlier trials in {keys.parent}"
        in run("--fresh", "--model", model)[1]
    )
    assert keys.read_text() != "{}"


def test_the_model_server_leaves_the_port_of_the_page(tmp_path: Path, model: str) -> None:
    page_port = free_port(trial.SMALL_PORT)
    process, _ = trial.small_server(trial.Folder(tmp_path), Path(model), Ports(page_port + 1, page_port))
    assert process.port > page_port + 1


def test_values_with_errors_are_reported_as_check_does(run: Run, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("litellm: {prt: 1}\n")
    status, message = run(str(tmp_path / "my.yaml"))
    assert status == 1
    assert "my.yaml:1:11 error litellm.prt: unknown key" in message


@pytest.mark.parametrize(("terminal", "says"), [(True, "\nstopped\n"), (False, "stopped\n")])
def test_stopped_has_a_line_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch, terminal: bool, says: str) -> None:
    monkeypatch.setattr(cli_trial, "_values", lambda _: signal.raise_signal(signal.SIGINT))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert run() == (130, says)


def has_account(folder: trial.Folder) -> None:
    folder.page.mkdir()
    with closing(sqlite3.connect(folder.page / "webui.db")) as database:
        database.execute('CREATE TABLE "user" (id)')
        database.execute("INSERT INTO user VALUES (1)")
        database.commit()


def test_the_administrator_is_that_of_the_first_start(tmp_path: Path) -> None:
    folder = trial.Folder(tmp_path)
    assert [folder.account("a@lan"), folder.account("b@lan")] == ["a@lan", "b@lan"]
    has_account(folder)
    assert folder.account("c@lan") == "b@lan"
    folder.forget()
    assert folder.account("c@lan") == "c@lan"


@pytest.mark.parametrize(("signed_up", "says"), [(False, "whoever signs up first"), (True, "as in earlier trials")])
def test_nobody_is_asked_to_sign_up_first_twice(signed_up: bool, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    _print(trial.Addresses("", "", "", "", "", [], "", "", signed_up), Output.text)
    assert f"account    {says}" in capsys.readouterr().out


def test_the_command_for_an_editor_names_a_model_to_chat_with(capsys: pytest.CaptureFixture[str]) -> None:
    api = "http://localhost:4000/v1"
    command = trial._connect(api, {"bge-m3": "embedding", "qwen3:8b": "chat"})
    _print(trial.Addresses("", "", "", api, "", [], "", "", connect=command), Output.text)
    assert f"editor     ai-server connect codex --url {api} --model qwen3:8b\n" in capsys.readouterr().out
    assert trial._connect(api, {"bge-m3": "embedding", "openrouter/*": "chat"}) == ""


def test_fresh_forgets_keys_and_chats(tmp_path: Path) -> None:
    folder = trial.Folder(tmp_path)
    keys = folder.keys()
    assert folder.keys() == keys
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    folder.page.mkdir()
    assert folder.forget()
    assert not folder.forget()
    assert not folder.page.exists()
    assert folder.keys()["WEBUI_ADMIN_PASSWORD"] != keys["WEBUI_ADMIN_PASSWORD"]
