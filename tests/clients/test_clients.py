"""Clients from npm and PyPI do what they are for, through the real gateway, with what `ai-server connect` prints.

Not here: Zed and another Open WebUI, which have no command line; n8n, which needs Node 24 and gigabytes; and Home
Assistant's integrations, which come from HACS and use the openai package that is tested here.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from ai_server.cli import app
from ai_server.connect.clients import clients
from ai_server.errors import UserError
from ai_server.helm import render
from ai_server.local.ports import any_free_port
from ai_server.reading import profiles
from tests.agreement.installed import NotInstalledError as NoServerError
from tests.agreement.installed import llama_server
from tests.agreement.tiny_models import write_gguf
from tests.clients import installed
from tests.clients.agent_backend import ANSWER, PRINTED, ModelServer, model_server
from tests.here import programs
from tests.here.machine import KEY, NOWHERE, local_pod_with
from tests.here.programs import Server

pytestmark = pytest.mark.slow(
    "starts LiteLLM and clients", "ci/clients", "tests/clients", "tests/here", "tools/ai_server/connect"
)
AGENTS = sorted(installed.locked())
VALUES = """
thor:
  nodes:
    thor:
      comfyui: {enabled: false}
      speech: {enabled: false}
      vllm: {model: hf/coder, servedNames: [coder], maxModelLen: 40960, toolCallParser: hermes}
openwebui: {enabled: false}
"""
QUESTION = "Say hello."
PYTHON_FILE = "~/hello.py"
WITHOUT_A_TERMINAL = {
    "claude-code": f" -p '{QUESTION}' --allowedTools Bash",
    "codex": f"codex exec --skip-git-repo-check -s danger-full-access -c analytics.enabled=false '{QUESTION}'",
    "continue": f"cn -p --allow Bash '{QUESTION}'",
    "opencode": f"opencode run '{QUESTION}'",
}
"""What starts each agent; Claude Code's continues the last line that connect prints."""
OFFLINE = {
    **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), f"http://{NOWHERE}"),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1"),
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CONTINUE_CLI_ENABLE_TELEMETRY": "0",
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
}
SECONDS = 60


@dataclass(frozen=True)
class Outcome:
    """What a client printed, and the requests that reached the model."""

    output: str
    requests: list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture(scope="module")
def gateway(model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "values.yaml").write_text(VALUES)
    manifests = render.render(profiles.load([folder / "values.yaml"]).values)
    try:
        programs.program("litellm")
    except UserError as error:
        pytest.skip(str(error))
    pod = local_pod_with(manifests, "litellm", folder, {"ai-server-thor-thor-vllm:8000": model.address})
    with programs.started(pod, "litellm") as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with a kubectl that knows the key of the gateway."""
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(f"#!/bin/sh\nprintf {base64.b64encode(KEY.encode()).decode()}\n")
    kubectl.chmod(0o755)
    return tmp_path


@pytest.fixture
def run(home: Path, gateway: Server, model: ModelServer) -> Callable[..., Outcome]:
    """Puts what connect prints where it says, sets the variables that it names, and starts the client."""

    def start(name: str, command: str, *more_path: Path) -> Outcome:
        printed = CliRunner().invoke(app, ["connect", name, "-", "--url", gateway.origin], input=VALUES)
        assert printed.exit_code == 0, printed.output
        lines = printed.stderr.splitlines()
        script = [line for line in lines if line.startswith("export ")]
        client = clients()[name]
        if file := client.file or (PYTHON_FILE if client.language == "python" else ""):
            target = home / file.removeprefix("~/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(printed.stdout.replace("sk-...", KEY))
            script.append(command)
        else:
            script.append(printed.stdout.rstrip() + command)
        folders = [home / "bin", *more_path, *os.environ["PATH"].split(":")]
        env = {**OFFLINE, "HOME": str(home), "PATH": ":".join(map(str, folders))}
        work, before = home / "work", len(model.requests)
        work.mkdir()
        done = subprocess.run(
            ["bash", "-ec", "\n".join(script)],
            cwd=work, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return Outcome(done.stdout, model.requests[before:])

    return start


@pytest.fixture
def agent(run: Callable[..., Outcome]) -> Callable[[str], Outcome]:
    """Starts an agent with the question."""

    def start(name: str) -> Outcome:
        try:
            return run(name, WITHOUT_A_TERMINAL[name], installed.programs(name))
        except installed.NotInstalledError as error:
            return pytest.skip(str(error))

    return start


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_uses_its_shell_for_the_model_and_shows_the_answer(name: str, agent) -> None:
    done = agent(name)
    assert ANSWER in done.output
    assert PRINTED in json.dumps(done.requests[-1][1])
    assert {body["model"] for _, body in done.requests} == {"coder"}


@pytest.mark.parametrize("name", AGENTS)
def test_llama_server_accepts_the_requests_of_an_agent(name: str, agent, llama: str) -> None:
    for path, body in agent(name).requests:
        short = {**_shortened(body), "stream": False, "max_tokens": 4, "max_output_tokens": 4}
        done = httpx.post(llama + path, json=short, timeout=SECONDS)
        assert done.status_code == httpx.codes.OK, done.text


def test_claude_code_leaves_room_for_the_prompt_in_the_context(agent) -> None:
    done = agent("claude-code")
    assert {body["max_tokens"] for _, body in done.requests} == {8192}


def test_curl_lists_the_models_and_gets_an_answer(run) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    done = run("curl", "")
    assert '"id":"coder"' in done.output
    assert ANSWER in done.output


def test_python_streams_an_answer(run) -> None:
    done = run("python", f"{sys.executable} {PYTHON_FILE}")
    assert done.output == ANSWER
    assert done.requests[0][1]["stream"] is True


def test_the_gateway_logged_no_error(agent, gateway: Server) -> None:
    agent("claude-code")
    assert "ERROR" not in gateway.log.read_text()


@pytest.mark.parametrize("name", AGENTS)
def test_the_version_that_is_named_is_the_one_that_is_run(name: str) -> None:
    assert clients()[name].tried == installed.locked()[name]


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real llama-server with a tiny model."""
    folder, port = tmp_path_factory.mktemp("llama"), any_free_port()
    try:
        program = llama_server()
    except NoServerError as error:
        pytest.skip(str(error))
    model = write_gguf(folder / "tiny.gguf")
    command = [str(program), "--model", str(model), "--port", str(port), "--ctx-size", "65536", "--parallel", "1"]
    with programs.running(command, os.environ, port, "/health", folder / "llama.log") as server:
        yield server.origin


def _shortened(value: Any) -> Any:
    """A request of the same form with short texts, since a tiny model reads them byte by byte."""
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return value[:60] if isinstance(value, str) else value
