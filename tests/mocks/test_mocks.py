"""The mocks reject and answer like the real programs.

Versions and sources are in tools/ai_server/checks/facts and at the top of each mock.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from ai_server.checks.facts import flags_of
from ai_server.local.ports import any_free_port
from ai_server.paths import IMAGES, REPOSITORY

ENV = {
    "PYTHONPATH": str(IMAGES / "mock"),
    "MOCK_FLAGS": str(REPOSITORY / "tools/ai_server/checks/facts"),
    "MOCK_GPU": "env",
}
GPU = {"NVIDIA_VISIBLE_DEVICES": "all"}
START = {
    "vllm": [sys.executable, str(IMAGES / "mock/vllm"), "serve"],
    "comfyui": [sys.executable, str(IMAGES / "mock/main.py")],
    "other": [sys.executable, "-m", "mocks"],
}
Start = Callable[..., httpx.Client]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def ended(program: str, *arguments: str, **env: str) -> tuple[int, str]:
    command = [*START[program], *arguments]
    run = subprocess.run(
        command, env={**os.environ, **ENV, **env}, capture_output=True, text=True, check=False, timeout=20
    )
    return run.returncode, run.stderr


@contextmanager
def running(
    program: str, *arguments: str, port_env: str = "", headers: Any = None, **env: str
) -> Iterator[tuple[httpx.Client, subprocess.Popen]]:
    """A mock on a free port, and a client for it. SIGTERM ends it, with exit code 0."""
    port = any_free_port()
    flags = [] if port_env else ["--port", str(port)]
    ports = {port_env: str(port)} if port_env else {}
    command = [*START[program], *arguments, *flags]
    process = subprocess.Popen(command, env={**os.environ, **ENV, **GPU, **env, **ports}, stdout=subprocess.DEVNULL)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=10)
    again = retry(retry=retry_if_exception_type(httpx.ConnectError), stop=stop_after_delay(15), wait=wait_fixed(0.1))
    again(client.get)("/health")
    try:
        yield client, process
        process.terminate()
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts mocks; they end with the test."""
    with ExitStack() as mocks:
        yield lambda *arguments, **options: mocks.enter_context(running(*arguments, **options))[0]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--no-such-flag", "3"], 2, "unrecognized arguments: --no-such-flag"),
        (["--swap-space", "4"], 2, "unrecognized arguments: --swap-space"),
        (["--kv-cache-memory-bytes", "20Gi"], 2, "20Gi"),
        (["--kv-cache-dtype", "fp9"], 2, "invalid choice: 'fp9'"),
        (["--gpu-memory-utilization", "1.5"], 1, "gpu_memory_utilization"),
        (["--port"], 2, "expected one argument"),
        (["--tool-call-parser", "nosuch"], 1, "invalid tool call parser: nosuch"),
        (["-tp"], 2, "expected one argument"),
    ],
)
def test_vllm_refuses_what_vllm_refuses(model: Path, arguments: list[str], code: int, words: str) -> None:
    found, said = ended("vllm", str(model), *arguments, **GPU)
    assert found == code
    assert words in said


@pytest.mark.parametrize(
    ("env", "words"),
    [({}, "no GPU can be seen"), ({**GPU, "VLLM_PORT": "tcp://10.0.0.1:8000"}, "appears to be a URI")],
)
def test_vllm_exits_with_1_without_a_gpu_or_with_service_links(model: Path, env: dict[str, str], words: str) -> None:
    code, said = ended("vllm", str(model), **env)
    assert code == 1
    assert words in said


def test_vllm_wants_its_model(tmp_path: Path) -> None:
    code, said = ended("vllm", str(tmp_path / "nope"), **GPU)
    assert (code, "Can't load the configuration" in said) == (1, True)


def test_vllm_answers_its_models_with_the_key_alone(start: Start, model: Path) -> None:
    vllm = start("vllm", str(model), "--served-model-name", "a", "b", VLLM_API_KEY="k")
    assert vllm.get("/v1/models").status_code == 401
    vllm.headers["Authorization"] = "Bearer k"
    assert [entry["id"] for entry in vllm.get("/v1/models").json()["data"]] == ["a", "b"]
    refused = vllm.post("/v1/completions", json={"model": "c", "prompt": "x"})
    assert (refused.status_code, "The model `c` does not exist" in refused.text) == (404, True)


def test_vllm_takes_short_dotted_and_joined_flags(start: Start, model: Path) -> None:
    flags = ["-tp", "1", "-O3", "-q=fp8", "-cc.mode=3", "--speculative-config.method", "ngram", "--max_num_seqs", "4"]
    vllm = start("vllm", str(model), *flags)
    assert vllm.get("/version").json() == {"version": flags_of("vllm").version}


def test_vllm_streams_and_counts(start: Start, model: Path) -> None:
    vllm = start("vllm", str(model), "--served-model-name", "a")
    body = {"model": "a", "messages": [{"role": "user", "content": "x"}], "max_tokens": 5, "stream": True}
    lines = [line for line in vllm.post("/v1/chat/completions", json=body).text.splitlines() if line]
    assert lines[-1] == "data: [DONE]"
    assert len(lines) == 7
    assert 'vllm:generation_tokens_total{engine="0",model_name="a"} 5.0' in vllm.get("/metrics").text


def test_open_webui_wants_a_secret_and_a_folder_it_can_write(tmp_path: Path) -> None:
    assert ended("other")[0] == 1
    code, said = ended("other", WEBUI_SECRET_KEY="s", DATA_DIR=str(tmp_path / "nope"))
    assert (code, "webui.db" in said) == (1, True)


@pytest.mark.parametrize(
    ("program", "env"),
    [
        ("vllm", {"VLLM_NO_SUCH": "1", "VLLM_API_KEY": "k"}),
        (
            "other",
            {"UVICORN_PORT": "1", "PRELOAD_MODELS": '["a/b"]', "WHISPER__NO_SUCH": "1", "WHISPER__CPU_THREADS": "2"},
        ),
        ("other", {"WEBUI_NO_SUCH": "x", "WEBUI_NAME": "me"}),
    ],
)
def test_a_mock_says_which_of_its_own_variables_it_ignores(program: str, env: dict[str, str]) -> None:
    passed = [line for line in ended(program, **env)[1].splitlines() if " ignores " in line]
    assert [line.rpartition("_")[2] for line in passed] == ["SUCH"]


def test_the_page_and_speaches_tell_the_version_of_their_data(start: Start, tmp_path: Path) -> None:
    page = start("other", port_env="PORT", WEBUI_SECRET_KEY="s", DATA_DIR=str(tmp_path))
    assert page.get("/api/config").json()["version"] == flags_of("openwebui").version
    speaches = start("other", port_env="UVICORN_PORT")
    assert speaches.get("/openapi.json").json()["info"]["version"] == flags_of("speaches").version


def test_open_webui_keeps_chats_for_who_signs_in(start: Start, tmp_path: Path) -> None:
    env = {"WEBUI_SECRET_KEY": "s", "WEBUI_ADMIN_EMAIL": "a@b", "WEBUI_ADMIN_PASSWORD": "p", "DATA_DIR": str(tmp_path)}
    page = start("other", port_env="PORT", **env)
    assert page.get("/api/v1/chats/").status_code == 401
    assert page.post("/api/v1/auths/signin", json={"email": "a@b", "password": "x"}).status_code == 400
    token = page.post("/api/v1/auths/signin", json={"email": "a@b", "password": "p"}).json()["token"]
    page.headers["Authorization"] = f"Bearer {token}"
    page.post("/api/v1/chats/new", json={"chat": {"title": "t"}})
    assert json.dumps(page.get("/api/v1/chats/").json()) == '[{"id": 1, "title": "t"}]'


def page_of(start: Start, folder: Path, gateway: str, **env: str) -> httpx.Client:
    """Open WebUI with a gateway, and its administrator signed in."""
    admin = {"WEBUI_ADMIN_EMAIL": "a@b", "WEBUI_ADMIN_PASSWORD": "p"}
    address = {"OPENAI_API_BASE_URL": f"{gateway}/v1", "OPENAI_API_KEY": "k"}
    page = start("other", port_env="PORT", WEBUI_SECRET_KEY="s", DATA_DIR=str(folder), **admin, **address, **env)
    token = page.post("/api/v1/auths/signin", json={"email": "a@b", "password": "p"}).json()["token"]
    page.headers["Authorization"] = f"Bearer {token}"
    return page


def test_open_webui_lists_and_asks_the_models_of_its_gateway(start: Start, model: Path, tmp_path: Path) -> None:
    gateway = start("vllm", str(model), "--served-model-name", "a", "b", VLLM_API_KEY="k")
    page = page_of(start, tmp_path, str(gateway.base_url).rstrip("/"), OPENAI_API_CONFIGS='{"0": {"model_ids": ["b"]}}')
    assert [entry["id"] for entry in page.get("/api/models").json()["data"]] == ["b"]
    body = {"model": "b", "messages": [{"role": "user", "content": "x"}], "max_tokens": 2}
    answer = page.post("/api/chat/completions", json=body).json()
    assert answer["choices"][0]["message"]["content"] == "The mock"
    streamed = page.post("/api/chat/completions", json={**body, "stream": True}).text
    assert streamed.endswith("data: [DONE]\n\n")
    refused = page.post("/api/chat/completions", json={**body, "model": "c"})
    assert (refused.status_code, "`c` does not exist" in refused.text) == (404, True)


def test_open_webui_without_its_gateway_lists_nothing_and_answers_500(start: Start, tmp_path: Path) -> None:
    page = page_of(start, tmp_path, "http://127.0.0.1:1")
    assert page.get("/api/models").json() == {"data": []}
    refused = page.post("/api/chat/completions", json={"model": "b", "messages": []})
    assert (refused.status_code, "Server Connection Error" in refused.text) == (500, True)


@pytest.mark.parametrize(("fault", "code"), [("fail-start:7", 7), ("fail-start", 1)])
def test_a_mock_can_be_made_to_fail_while_loading(model: Path, fault: str, code: int) -> None:
    assert ended("vllm", str(model), MOCK_FAULT=fault, **GPU)[0] == code


def test_a_mock_refuses_connections_while_it_loads(model: Path) -> None:
    command = [*START["vllm"], str(model), "--port", "39731"]
    with subprocess.Popen(command, env={**os.environ, **ENV, **GPU, "MOCK_START_SECONDS": "30"}) as loading:
        with pytest.raises(httpx.ConnectError):
            httpx.get("http://127.0.0.1:39731/health", timeout=2)
        loading.kill()


def test_a_mock_finishes_its_streams_before_it_exits(model: Path) -> None:
    body = {"model": "a", "prompt": "x", "max_tokens": 10, "stream": True}
    names = ("--served-model-name", "a")
    with running("vllm", str(model), *names, MOCK_TOKENS_PER_SECOND="10") as (vllm, process):
        with vllm.stream("POST", "/v1/completions", json=body) as answer:
            lines = answer.iter_lines()
            assert "The" in next(lines)
            process.terminate()
            assert [line for line in lines if line][-1] == "data: [DONE]"
        assert process.wait(timeout=10) == 0


def test_a_mock_that_hangs_stays_healthy_and_can_be_resumed(start: Start, model: Path) -> None:
    vllm = start("vllm", str(model))
    vllm.post("/mock", content="slow:3")
    with pytest.raises(httpx.ReadTimeout):
        vllm.get("/v1/models", timeout=0.5)
    assert vllm.get("/health").status_code == 200
    vllm.post("/mock", content="")
    assert vllm.get("/v1/models").status_code == 200


@pytest.mark.parametrize(("fault", "code"), [("crash:3", 3), ("crash", 139)])
def test_a_running_mock_can_be_made_to_exit(model: Path, fault: str, code: int) -> None:
    command = [*START["vllm"], str(model), "--port", "39732"]
    with subprocess.Popen(command, env={**os.environ, **ENV, **GPU}, stdout=subprocess.DEVNULL) as process:
        again = retry(
            retry=retry_if_exception_type(httpx.ConnectError), stop=stop_after_delay(15), wait=wait_fixed(0.1)
        )
        again(httpx.post)("http://127.0.0.1:39732/mock", content=fault)
        with pytest.raises(httpx.HTTPError):
            httpx.get("http://127.0.0.1:39732/v1/models", timeout=5)
        assert process.wait(timeout=10) == code
