"""Servers of models that run already: addresses, and what is found on this machine."""

import socket
import time
from pathlib import Path

import pytest

from ai_server.errors import UserError
from ai_server.local import backends, small
from tests.tools.model_server import answering, ollama, openai, sending

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def nothing_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model server on the developer's machine must not change the tests."""
    monkeypatch.setattr(backends, "OLLAMA", NOBODY)
    monkeypatch.setattr(backends, "LLAMA_SERVERS", (NOBODY,))


def test_a_server_gives_all_its_models() -> None:
    with answering(**openai("qwen3-8b", "bge-m3")) as url:
        chat, embedding = backends.given([f"{url}/v1/"])
    assert chat.entry == {"name": "qwen3-8b", "model": "hosted_vllm/qwen3-8b", "apiBase": f"{url}/v1", "mode": "chat"}
    assert (embedding.name, embedding.mode) == ("bge-m3", "embedding")


def test_a_name_chooses_one_model() -> None:
    with answering(**openai("one", "two")) as url:
        [chosen] = backends.given([f"two={url}"])
        with pytest.raises(UserError, match="has no model three") as error:
            backends.given([f"three={url}"])
    assert chosen.model == "hosted_vllm/two"
    assert error.value.hint == "it serves one, two"


def test_a_name_may_have_a_slash() -> None:
    with answering(**openai("Qwen/Qwen3-8B", "other")) as url:
        [chosen] = backends.given([f"Qwen/Qwen3-8B={url}"])
    assert (chosen.name, chosen.model) == ("Qwen/Qwen3-8B", "hosted_vllm/Qwen/Qwen3-8B")


def test_the_only_model_gets_the_name() -> None:
    with answering(**openai("/models/qwen.gguf")) as url:
        [renamed] = backends.given([f"gpt-oss-120b={url}"])
        [plain] = backends.given([url])
    assert (renamed.name, renamed.model) == ("gpt-oss-120b", "hosted_vllm//models/qwen.gguf")
    assert plain.name == "qwen"
    assert [renamed.answered_by, plain.answered_by] == ["qwen", ""]


def test_an_ollama_tells_what_its_models_can_do() -> None:
    with answering(**ollama(llama=["completion", "tools"], llava=["completion", "vision"], nomic=["embedding"])) as url:
        llama, llava, nomic = backends.given([url])
    assert (llama.name, llama.model, llama.url) == ("llama", "ollama_chat/llama:latest", url)
    assert llama.info == {"supports_function_calling": True}
    assert llava.info == {"supports_function_calling": False, "supports_vision": True}
    assert (nomic.mode, nomic.model) == ("embedding", "ollama/nomic:latest")


@pytest.mark.parametrize("text", ["", "localhost:8080", "a=", "ftp://host", "a=b=http://host", "a=http://host:abc"])
def test_other_forms_are_misuse(text: str) -> None:
    with pytest.raises(UserError, match="not a URL") as error:
        backends.given([text])
    assert error.value.code == 2


def test_all_addresses_are_read_before_one_is_asked() -> None:
    with pytest.raises(UserError, match="not a URL"):
        backends.given([NOBODY, "localhost:8080"])


@pytest.mark.parametrize("answer", [None, {}, [], {"data": None}, {"data": [{}, 1]}, b"<html>"])
def test_a_server_without_models_is_an_error(answer: object) -> None:
    with answering(v1_models=answer) as url, pytest.raises(UserError, match="does not list models"):
        backends.given([url])


def test_a_server_may_ask_for_a_key() -> None:
    with answering("sk-mine", **openai("qwen")) as url:
        with pytest.raises(UserError, match="it answers 401: it asks for a key") as error:
            backends.given([url])
        with pytest.raises(UserError, match="it answers 401: the key is wrong"):
            backends.given([url], "sk-other")
        [backend] = backends.given([url], "sk-mine")
    assert "BACKEND_API_KEY" in error.value.hint
    assert backend.entry["apiKeySecret"] == {"name": "backend-key", "key": "api-key"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "it answers 404"),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "it answers 400\nuse https://"),
        (b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n", "it answers 500"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /x/v1/models\r\nContent-Length: 0\r\n\r\n", "it redirects to http://.*/x\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n<", "its answer is not JSON"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "its list is empty"),
        (b"220 mail ready\r\n", "it does not speak HTTP\n.*https://"),
        (b"", "it closes the connection"),
    ],
)
def test_the_reason_why_no_models_are_listed_is_named(content: bytes, reason: str) -> None:
    with sending(content) as url, pytest.raises(UserError, match=f"does not list models: {reason}"):
        backends.given([url])


def test_a_server_that_cannot_be_reached_is_not_one_without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="nothing listens there"):
        backends.given([NOBODY])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: (_ for _ in ()).throw(socket.gaierror()))
    with pytest.raises(UserError, match="no such host"):
        backends.given(["http://no-such.invalid"])


def test_a_server_without_tls_is_asked_by_http() -> None:
    with answering(**openai("qwen")) as url, pytest.raises(UserError, match="it does not speak TLS\nuse http://"):
        backends.given([url.replace("http:", "https:")])


def test_a_server_that_never_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "SECONDS_ELSEWHERE", 0.1)
    with (
        answering(v1_models=lambda _: time.sleep(0.5) or {}) as url,
        pytest.raises(UserError, match="it did not answer within"),
    ):
        backends.given([url])


def test_an_ollama_here_is_found_first(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(**ollama(llama=["completion"])) as first, answering(**openai("qwen")) as second:
        monkeypatch.setattr(backends, "LLAMA_SERVERS", (second,))
        assert [backend.name for backend in backends.running()] == ["qwen"]
        monkeypatch.setattr(backends, "OLLAMA", first)
        assert [backend.name for backend in backends.running()] == ["llama"]


def test_an_ollama_without_models_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(api_tags={"models": []}) as url:
        monkeypatch.setattr(backends, "OLLAMA", url)
        assert backends.running() == []


def test_a_service_that_does_not_speak_http_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with sending(b"220 mail ready\r\n") as mail, answering(**openai("qwen")) as url:
        monkeypatch.setattr(backends, "LLAMA_SERVERS", (mail, url))
        assert [backend.name for backend in backends.running()] == ["qwen"]


def test_a_redirect_does_not_get_the_key() -> None:
    with answering(**openai("qwen")) as other:
        moved = f"HTTP/1.1 302 Found\r\nLocation: {other}/v1/models\r\nContent-Length: 0\r\n\r\n"
        with sending(moved.encode()) as url, pytest.raises(UserError, match="does not list models"):
            backends.given([url], "sk-mine")


@pytest.mark.parametrize(
    ("name", "public"),
    [
        ("llama3.2:latest", "llama3.2"),
        ("qwen3:8b", "qwen3:8b"),
        ("/models/a b.gguf", "a-b"),
        ("org/model", "org/model"),
        ("./x.Q4_1.gguf", "x.Q4_1"),
    ],
)
def test_the_name_in_the_api_is_one_that_the_chart_accepts(name: str, public: str) -> None:
    assert backends.public_name(name) == public


def test_a_model_file_needs_llama_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    with pytest.raises(UserError, match="PATH has no llama-server") as error:
        small.process(tmp_path / "a.gguf", 8180, tmp_path)
    assert "brew install llama.cpp" in error.value.hint
    with pytest.raises(UserError, match="there is no model to talk to"):
        small.process(None, 8180, tmp_path)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("none.gguf", "there is no such file"), ("", "is a folder"), ("notes.txt", "is not a GGUF file")],
)
def test_a_model_file_is_looked_at_before_llama_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, wrong: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "notes.txt").write_text("a")
    with pytest.raises(UserError, match=f": {wrong}") as error:
        small.process(tmp_path / name, 8180, tmp_path)
    assert error.value.code == 2


def test_a_model_file_is_served_under_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program, file = tmp_path / "llama-server", tmp_path / "bge-m3.Q8_0.gguf"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    file.write_bytes(b"GGUF")
    process, backend = small.process(file, 8180, tmp_path)
    assert process.command[:5] == [str(program), "--host", "127.0.0.1", "--port", "8180"]
    assert "--embedding" in process.command
    assert (backend.name, backend.url) == ("bge-m3.Q8_0", "http://127.0.0.1:8180/v1")
