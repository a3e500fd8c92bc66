"""The script of `helm test`, against a gateway of a few lines."""

import json
import re
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from ai_server.paths import CHART

ANSWERS = {
    "embeddings": {"data": [{"embedding": [0.1, 0.2]}]},
    "rerank": {"results": [{"index": 0}]},
    "responses": {"output": [{"type": "message"}]},
    "moderations": {"results": [{"flagged": False}]},
    "edits": {"data": [{"b64_json": ""}]},
    "transcriptions": {"text": ""},
}
STREAMED = [{"choices": [{"delta": {"content": word}, "text": word}]} for word in ("one", "two")]
USAGE = {"choices": [], "usage": {"completion_tokens": 2}}
TOOL = {"function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}


class Gateway(BaseHTTPRequestHandler):
    """accepts: the most words in an embedding or a document; 0 is no limit. events: of a streamed answer; message: of
    another one; answers_for: the id of the route that the answer names.
    """

    asked: list[dict[str, Any]]
    accepts = 0
    events: list[dict[str, Any]] = [*STREAMED, USAGE]
    message: dict[str, Any] = {"role": "assistant", "tool_calls": [TOOL]}
    answers_for = ""

    def do_GET(self) -> None:
        self._answer({"data": [{"id": "only"}] if self.path == "/v1/models" else []})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(json.loads(body) if body.startswith(b"{") else self._form(body))
        if self.accepts and len(body.split()) > self.accepts:
            self._answer({"error": {"message": "input is too large to process. increase the physical batch size"}}, 500)
        elif self.asked[-1].get("stream"):
            self._send(b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in self.events), 200)
        else:
            choices = {"choices": [{"message": self.message}], "usage": {"prompt_tokens": 2000}}
            self._answer(ANSWERS.get(self.path.rpartition("/")[2], choices))

    def _form(self, body: bytes) -> dict[str, Any]:
        """The fields of a form, with the content of its file."""
        message = BytesParser(policy=HTTP).parsebytes(
            f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode() + body
        )
        parts = list(message.iter_parts())
        return {part.get_param("name", header="content-disposition"): part.get_content() for part in parts}

    def _answer(self, body: object, status: int = 200) -> None:
        self._send(json.dumps(body).encode(), status)

    def _send(self, body: bytes, status: int) -> None:
        self.send_response(status)
        self.send_header("x-litellm-model-id", self.answers_for)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def gateway() -> Iterator[ThreadingHTTPServer]:
    Gateway.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def ask(port: int, *modes: str, seconds: str = "5", **more: Any) -> subprocess.CompletedProcess[str]:
    route = {"own": False, "tokens": 0, **more}
    routes = [{"id": f"id-{mode}", "name": mode, "mode": mode, **route} for mode in modes]
    env = {
        "GATEWAY_URL": f"http://127.0.0.1:{port}",
        "LITELLM_MASTER_KEY": "sk-x",
        "TIMEOUT_SECONDS": seconds,
        "ROUTES": json.dumps(routes),
    }
    script = CHART / "files" / "ask-every-route.py"
    return subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, check=False)


def test_a_gateway_that_does_not_answer_is_one_line_and_no_model_is_blamed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    done = ask(port, "chat", "embedding", seconds="0.1")
    assert done.returncode == 1
    assert "DEAD" not in done.stdout
    assert [f"the gateway at http://127.0.0.1:{port} does not answer" in line for line in done.stderr.splitlines()] == [
        True
    ]


@pytest.mark.parametrize(("tokens", "least", "most"), [(8192, 600, 8192), (512, 300, 480), (0, 3, 3)])
def test_documents_are_longer_than_a_small_batch_and_shorter_than_the_models_limit(
    gateway, tokens: int, least: int, most: int
) -> None:
    assert ask(gateway.server_port, "embedding", "rerank", tokens=tokens).returncode == 0
    embedding, rerank = Gateway.asked
    for text in (embedding["input"], rerank["documents"][1]):
        assert least <= len(text.split()) <= most


@pytest.mark.parametrize(("accepts", "dead"), [(512, 2), (8192, 0)])
def test_a_backend_that_takes_512_tokens_of_its_8192_is_dead(gateway, monkeypatch, accepts: int, dead: int) -> None:
    monkeypatch.setattr(Gateway, "accepts", accepts)
    done = ask(gateway.server_port, "embedding", "rerank", tokens=8192)
    assert (done.returncode, f"2 requests, {dead} dead" in done.stdout) == (int(dead > 0), True)
    assert done.stdout.count("increase the physical batch size") == dead


def test_each_route_is_asked_by_its_id(gateway) -> None:
    done = ask(gateway.server_port, "chat", "completion")
    assert done.stdout.splitlines()[-1] == "2 requests, 0 dead"
    assert [request["model"] for request in Gateway.asked] == ["id-chat", "id-completion"]


def test_files_are_sent_as_forms(gateway) -> None:
    assert ask(gateway.server_port, "audio_transcription", "image_edit").returncode == 0
    sound, picture = Gateway.asked
    assert (sound["model"].strip(), sound["file"][:4]) == ("id-audio_transcription", b"RIFF")
    assert (picture["model"].strip(), picture["image"][:4]) == ("id-image_edit", b"\x89PNG")
    begin = picture["image"].index(b"IDAT") + 4
    assert len(zlib.decompressobj().decompress(picture["image"][begin:])) == 64 * (3 * 64 + 1)


def test_moderation_is_asked_by_name_because_litellm_does_not_find_it_by_its_id(gateway) -> None:
    assert ask(gateway.server_port, "moderation").returncode == 0
    assert [request["model"] for request in Gateway.asked] == ["moderation"]


def test_a_mode_without_a_question_is_skipped(gateway) -> None:
    done = ask(gateway.server_port, "responses", "moderation", "realtime")
    assert "skip realtime by id-realtime: no question for realtime" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 requests, 0 dead"


def test_the_speed_of_an_answer_is_printed(gateway) -> None:
    [line, _] = ask(gateway.server_port, "chat").stdout.splitlines()
    assert re.fullmatch(r"ok   chat by id-chat \(chat\), \d\.\d s  first token seconds [\d.]+.*", line)


def test_an_answer_without_a_word_is_dead(gateway, monkeypatch) -> None:
    monkeypatch.setattr(Gateway, "events", [USAGE])
    assert "the answer is empty" in ask(gateway.server_port, "chat").stdout


def test_an_answer_that_breaks_off_is_dead(gateway, monkeypatch) -> None:
    monkeypatch.setattr(Gateway, "events", [*STREAMED, {"error": {"message": "the server was stopped"}}])
    assert "the answer ends with an error" in ask(gateway.server_port, "chat").stdout


def test_an_answer_of_another_route_is_dead(gateway, monkeypatch) -> None:
    monkeypatch.setattr(Gateway, "answers_for", "id-other")
    done = ask(gateway.server_port, "chat")
    assert (done.returncode, "id-other answered instead" in done.stdout) == (1, True)


@pytest.mark.parametrize(("message", "dead"), [({"tool_calls": [TOOL]}, 0), ({"content": "It is sunny."}, 1)])
def test_a_model_that_promises_tools_must_call_one(gateway, monkeypatch, message: dict[str, Any], dead: int) -> None:
    monkeypatch.setattr(Gateway, "message", message)
    assert f"2 requests, {dead} dead" in ask(gateway.server_port, "chat", tools=True).stdout


def test_a_model_that_reads_pictures_gets_one(gateway) -> None:
    assert "2 requests, 0 dead" in ask(gateway.server_port, "chat", vision=True).stdout
    [_, picture] = Gateway.asked[-1]["messages"][0]["content"]
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")


def test_a_model_that_ends_its_answer_at_once_is_not_dead(gateway, monkeypatch) -> None:
    monkeypatch.setattr(Gateway, "events", [{"choices": [{"text": "", "finish_reason": "stop"}]}, USAGE])
    assert "1 requests, 0 dead" in ask(gateway.server_port, "completion").stdout
