"""smoke: what it asks, what it measures, and where it says that a llama-server runs."""

import io
import json
from contextlib import nullcontext
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError

import pytest
from typer.testing import CliRunner, Result

from ai_server.cli import app
from ai_server.cli import smoke as cli
from ai_server.errors import UserError
from ai_server.kube.boards import boards
from ai_server.smoke import asked, compared, gpus, live, routes
from ai_server.smoke.gpus import CPU, GPU, UNKNOWN, Backend, Server
from ai_server.smoke.stopped import stopped
from tests.tools.test_ask_every_route import USAGE, Gateway
from tests.tools.test_ask_every_route import gateway as gateway

MODEL = "/data/ai-models/gguf/Qwen3-14B-Q4_K_M.gguf"
EXPERTS = "/data/ai-models/gguf/Qwen3-30B-A3B-Q4_K_M.gguf"
CARD, UNIFIED = boards()["rtx-4090"], boards()["strix-halo"]


def answer(state: str = "ok", **measured: Any) -> asked.Result:
    return asked.Result("chat", "gpu-pc-chat", "chat", "chat", state, 1.0, "", measured)


def judged(args: list[str], *, log: str | None = "", speed: float = 0, **server: Any) -> Backend:
    results = [answer(tokens_per_second=speed)]
    container = {"name": "llama-server", "args": args, "env": server.pop("env", [])}
    return gpus.judge(Server("pod", "pc", container, results=results, **server), lambda: log)


def smoke(*options: str) -> Result:
    return CliRunner().invoke(app, ["smoke", *options])


def test_a_device_on_the_command_line_proves_the_gpu() -> None:
    assert judged(["--device", "CUDA0"], log="no usable GPU found").where == GPU


def test_a_device_in_the_environment_or_in_every_preset_proves_it() -> None:
    assert judged([], env=[{"name": "LLAMA_ARG_DEVICE", "value": "ROCm0"}]).where == GPU
    presets = "version = 1\n[a]\ndevice = ROCm0\n[b]\ndevice = ROCm0\n"
    assert judged([], presets=[presets]).where == GPU
    assert judged([], presets=[presets + "[c]\nmodel = c.gguf\n"]).where == UNKNOWN


def test_the_cpu_on_purpose_is_not_wrong() -> None:
    backend = judged(["--device", "none"], log="no usable GPU found")
    assert (backend.where, backend.wrong) == (CPU, False)


def test_the_log_tells_that_a_gpu_is_missing() -> None:
    backend = judged([], log="x\nwarning: no usable GPU found, --gpu-layers option will be ignored\n")
    assert (backend.where, backend.wrong) == (CPU, True)
    assert "no usable GPU found" in backend.reason


@pytest.mark.parametrize(("speed", "where"), [(5.0, CPU), (60.0, GPU)])
def test_a_card_is_faster_than_a_quarter_of_what_its_bandwidth_allows(speed: float, where: str) -> None:
    backend = judged(["--model", MODEL], speed=speed, board=CARD)
    assert (backend.where, backend.wrong) == (where, where == CPU)
    assert f"{speed:g} tokens/s, a GPU with 1008 GB/s generates at least" in backend.reason


def test_of_a_mixture_of_experts_each_token_reads_the_active_weights() -> None:
    assert judged(["--model", EXPERTS], speed=60, board=CARD).where == CPU
    assert judged(["--model", MODEL], speed=60, board=CARD).where == GPU


@pytest.mark.parametrize(
    ("server", "log", "says"),
    [
        ({"board": UNIFIED}, "", "processor and GPU share the memory"),
        ({"board": None}, "", "the GPU of pc is not in docs/hardware.md"),
        ({"board": CARD}, None, "its log cannot be read"),
    ],
)
def test_without_a_figure_it_is_not_checked(server: dict[str, Any], log: str | None, says: str) -> None:
    backend = judged([], log=log, **server)
    assert (backend.where, backend.wrong, says in backend.reason) == (UNKNOWN, False, True)


@pytest.mark.parametrize(
    ("labels", "board"),
    [
        ({"nvidia.com/gpu.product": "NVIDIA-GeForce-RTX-4090"}, "rtx-4090"),
        ({"nvidia.com/gpu.product": "Unheard-Of"}, None),
        ({}, None),
    ],
)
def test_a_board_is_known_by_the_name_of_its_card(labels: dict[str, str], board: str | None) -> None:
    found = live.board_of({"metadata": {"name": "pc", "labels": labels}, "status": {"allocatable": {"memory": "64Gi"}}})
    assert (found.id if found else None) == board


def waiting(state: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    status = {"name": "memory-check", "state": state, "lastState": last}
    return {"metadata": {"name": "rocm-aimax"}, "status": {"initContainerStatuses": [status]}}


SHORT = {"terminated": {"exitCode": 1, "message": "waiting up to 30 s\n19 GiB short: a (60 GiB) needs 97 GiB\n"}}
ENDED = {"terminated": {"exitCode": 0}}


@pytest.mark.parametrize(
    ("state", "last", "said"),
    [
        (SHORT, {}, ["rocm-aimax does not start: memory-check: 19 GiB short: a (60 GiB) needs 97 GiB"]),
        ({"waiting": {}}, SHORT, ["rocm-aimax does not start: memory-check: 19 GiB short: a (60 GiB) needs 97 GiB"]),
        ({"waiting": {}}, {"terminated": {"exitCode": 2}}, ["rocm-aimax does not start: memory-check: exit code 2"]),
        (ENDED, SHORT, []),
        ({"running": {}}, {}, []),
    ],
    ids=["ended", "waits to try again", "silent", "passed at last", "still runs"],
)
def test_a_pod_that_an_init_container_stopped_is_named(
    state: dict[str, Any], last: dict[str, Any], said: list[str]
) -> None:
    assert list(stopped([waiting(state, last), {"metadata": {"name": "new"}}])) == said


def test_routes_are_read_from_litellms_own_configuration() -> None:
    entry = {
        "model_name": "chat",
        "litellm_params": {"model": "hosted_vllm/chat", "api_base": "http://ai-server-gpu-pc:8080/v1"},
        "model_info": {"id": "gpu-pc-chat", "mode": "chat", "max_input_tokens": 8192, "supports_vision": True},
    }
    wildcard = {"model_name": "openrouter/*", "model_info": {"id": "extra-openrouter"}}
    [route] = routes.routes_of([entry, wildcard])
    assert [question.__name__ for question in routes.questions(route)] == [
        "chat",
        "completion",
        "vision",
        "prompt",
    ]
    assert [question.__name__ for question in routes.questions({**route, "tokens": 2048, "vision": False})] == [
        "chat",
        "completion",
    ]


def test_what_changed_since_the_last_time_is_told() -> None:
    before = [answer(tokens_per_second=50.0).as_data]
    assert list(compared.changes(before, [answer(tokens_per_second=45.0)])) == []
    assert list(compared.changes(before, [answer(tokens_per_second=20.0)])) == [
        "gpu-pc-chat (chat): 50 tokens/s before, 20 now (-60%)"
    ]
    assert list(compared.changes(before, [answer("dead")])) == ["gpu-pc-chat (chat): ok before, dead now"]
    assert list(compared.changes(before, [])) == ["gpu-pc-chat (chat): gone"]


def test_any_openai_compatible_server_can_be_asked(gateway, tmp_path: Path) -> None:
    saved = tmp_path / "a.json"
    url = f"http://127.0.0.1:{gateway.server_port}/v1"
    done = smoke("--url", url, "--key", "sk-1", "--save", str(saved), "--output", "json")
    [result] = json.loads(done.stdout)["results"]
    assert (done.exit_code, result["state"], result["model"]) == (0, "ok", "only")
    assert result["first_token_seconds"] >= 0
    again = smoke("--url", url, "--key", "sk-1", "--compare", str(saved))
    assert again.stdout.splitlines()[-1] == "1 request, 0 dead"


def test_a_dead_route_is_exit_status_1(gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gateway, "events", [USAGE])
    done = smoke("--url", f"http://127.0.0.1:{gateway.server_port}")
    assert (done.exit_code, "dead only (chat): the answer is empty" in done.stdout) == (1, True)


class Keyed(Gateway):
    """A LiteLLM without a database, which refuses every key but one."""

    def do_GET(self) -> None:
        sent = self.headers["Authorization"]
        text = "No connected db." if sent else "Authentication Error, No api key passed in."
        self._answer({"error": {"message": text, "type": "auth"}}, 400 if sent else 401)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"error": {"message": "Invalid API Key"}}, 401)


@pytest.mark.parametrize(
    ("key", "says"), [("sk-x", "the key is wrong"), ("", "it asks for a key; give --key or OPENAI_API_KEY")]
)
def test_a_refused_key_is_told_without_json(gateway, monkeypatch: pytest.MonkeyPatch, key: str, says: str) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(gateway, "RequestHandlerClass", Keyed)
    done = smoke("--url", f"http://127.0.0.1:{gateway.server_port}", "--key", key)
    assert isinstance(done.exception, UserError)
    assert done.exception.message.endswith(f"does not list its models: {says}")
    assert "{" not in done.exception.hint


def test_a_route_that_refuses_the_key_is_dead_because_of_it(gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Keyed, "do_GET", Gateway.do_GET)
    monkeypatch.setattr(gateway, "RequestHandlerClass", Keyed)
    done = smoke("--url", f"http://127.0.0.1:{gateway.server_port}", "--key", "sk-x")
    assert "dead only (chat): the key is wrong (HTTP 401: Invalid API Key)" in done.stdout


@pytest.mark.parametrize(
    ("problem", "key", "says"),
    [
        ("HTTP 401: Invalid API Key", "sk-1", "the key is wrong"),
        ("HTTP 403: forbidden", "", "it asks for a key"),
        ("HTTP 403: not allowed in your country", "sk-1", ""),
        ("HTTP 401: litellm.AuthenticationError: of a backend", "sk-1", ""),
        ("HTTP 500: out of memory", "", ""),
    ],
)
def test_only_the_client_s_own_key_is_blamed(problem: str, key: str, says: str) -> None:
    assert routes.about_key(problem, key).partition(";")[0] == says


@pytest.mark.parametrize("body", ["word " * 100, json.dumps({"error": {"message": "word " * 100}}), "x" * 500])
def test_a_long_error_ends_after_a_word(body: str) -> None:
    error = HTTPError("http://pc.lan", 500, "", Message(), io.BytesIO(body.encode()))
    text = routes.requests().refusal(error)
    assert 290 < len(text) <= 310
    assert text.endswith(("word ...", "xxx"))


def test_without_a_cluster_smoke_suggests_an_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-api")
    done = smoke()
    assert isinstance(done.exception, UserError)
    assert "there is no such file" in done.exception.message
    assert ", or give --url with --key for an API without a cluster" in done.exception.hint
    assert "ai-server check" not in done.exception.hint


def test_a_key_without_an_address_is_misuse() -> None:
    done = smoke("--key", "sk-1")
    assert isinstance(done.exception, UserError)
    assert (done.exception.message, done.exception.code) == ("--key needs --url", 2)


def test_a_release_is_asked_with_the_key_of_its_secret(gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-api")
    monkeypatch.setattr(Gateway, "do_GET", lambda self: (sent.append(self.headers["Authorization"]), self._answer({})))
    release = SimpleNamespace(key="sk-1", gateway=SimpleNamespace(config={"model_list": []}), servers=lambda _: [])
    monkeypatch.setattr(cli, "_live", lambda *_: release)
    monkeypatch.setattr(cli, "_address", lambda *_: nullcontext(f"http://127.0.0.1:{gateway.server_port}"))
    smoke()
    assert sent == ["Bearer sk-1"]


def test_the_key_of_an_address_may_be_in_the_environment(gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setattr(gateway, "RequestHandlerClass", Keyed)
    done = smoke("--url", f"http://127.0.0.1:{gateway.server_port}")
    assert "the key is wrong" in str(done.exception)


def test_an_address_without_http_is_misuse() -> None:
    done = smoke("--url", "localhost:4000")
    assert isinstance(done.exception, UserError)
    assert (done.exception.message, done.exception.code) == ("--url: not a URL", 2)
    assert done.exception.hint.startswith("begin it with http://")


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    done = smoke("--url", "http://127.0.0.1:9")
    assert isinstance(done.exception, UserError)
    assert "http://127.0.0.1:9 does not list its models" in done.exception.message


def test_a_file_that_smoke_did_not_write_is_misuse(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    done = smoke("--url", "http://127.0.0.1:9", "--compare", str(tmp_path / "x.json"))
    assert isinstance(done.exception, UserError)
    assert "is not a file that smoke --save has written" in done.exception.message
