"""vLLM answers as recorded in answers/vllm.yaml, which the mock is compared with.

It takes two to three minutes to start on a CPU, so only `make prove` does. --update records its answers anew.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from ai_server.local.ports import any_free_port
from tests.agreement.installed import NotInstalledError, vllm_python
from tests.mocks import asked, reciting_model, recorded

FLAGS = (
    *("--max-model-len", str(reciting_model.LIMIT), "--max-num-seqs", "4", "--gpu-memory-utilization", "0.1"),
    *("--enforce-eager", "--distributed-executor-backend", "uni"),
    *("--enable-auto-tool-choice", "--tool-call-parser", "hermes"),
)
SECONDS = 1200


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[httpx.Client]:
    """vLLM on a free port, with the model that recites."""
    if not pytestconfig.getoption("--prove"):
        pytest.skip("vLLM takes minutes to start: make prove")
    try:
        python = vllm_python()
    except NotInstalledError as error:
        pytest.fail(str(error))
    folder = tmp_path_factory.mktemp("vllm")
    model = reciting_model.write(folder / "model")
    port = str(any_free_port())
    command = [python.with_name("vllm"), "serve", model, "--host", "127.0.0.1", "--port", port]
    own = {"HOME": str(folder), "VLLM_API_KEY": asked.KEY, "VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}
    env = {**os.environ, **own, "HF_HUB_OFFLINE": "1"}
    log = folder / "log"
    with log.open("w") as out:
        arguments = [*command, "--served-model-name", asked.MODEL, *FLAGS]
        process = subprocess.Popen(arguments, env=env, stdout=out, stderr=subprocess.STDOUT, cwd=folder)
    try:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        _wait(client, process, log)
        yield client
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(client: httpx.Client, process: subprocess.Popen, log: Path) -> None:
    @retry(retry=retry_if_exception_type(httpx.ConnectError), stop=stop_after_delay(SECONDS), wait=wait_fixed(1))
    def healthy() -> None:
        assert process.poll() is None, log.read_text()[-2000:]
        client.get("/health").raise_for_status()

    healthy()


def test_vllm_answers_as_recorded(vllm: httpx.Client, pytestconfig: pytest.Config) -> None:
    assert vllm.get("/version").json()["version"] == recorded.version("vllm")
    found = {name: recorded.ask(vllm, request) for name, request in asked.VLLM.items()}
    if pytestconfig.getoption("--update"):
        recorded.record("vllm", found)
    assert found == recorded.answers("vllm")
