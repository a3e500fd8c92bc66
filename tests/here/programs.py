"""Programs on this machine, ready for requests: those of a rendered pod, any other command, and the mock of vLLM."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from ai_server.local import container, environment
from ai_server.local.container import Process, Program
from ai_server.local.ports import any_free_port
from ai_server.paths import IMAGES, REPOSITORY
from tests.here.machine import LocalPod

OF_IMAGE = {"litellm": container.litellm, "openwebui": container.openwebui}
READY = {"litellm": "/health/readiness", "openwebui": "/health", "llama-server": "/health"}
START_SECONDS = 600
"""A machine that does other work as well needs minutes for Open WebUI."""


@dataclass(frozen=True)
class Server:
    """A running program: its address, its process, the file with its output, and how long it took to be ready."""

    origin: str
    process: subprocess.Popen[bytes]
    log: Path
    start_seconds: float

    @property
    def address(self) -> str:
        """Its HOST:PORT."""
        return self.origin.removeprefix("http://")


def program(name: str) -> Program:
    """The program of an image, installed if it is missing. UserError if that fails."""
    return OF_IMAGE[name](environment.python(name))


@contextmanager
def started(
    pod: LocalPod, name: str, process: Process | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The program of a container, ready for requests. process: what is started in place of the rendered one; env: more
    variables.
    """
    process = process or pod.process(name, program(name))
    path = f"{Path(process.command[0]).parent}:{os.defpath}"
    variables = {"PATH": path, **(env or {}), **process.env}
    with running(process.command, variables, process.port, READY[name], pod.base / f"{name}.log") as server:
        yield server


@contextmanager
def vllm(models: list[str], folder: Path, *flags: str, **env: str) -> Iterator[Server]:
    """The mock of vLLM, which calls tools."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}")
    port = any_free_port()
    command = [sys.executable, str(IMAGES / "mock" / "vllm"), "serve", str(folder), "--port", str(port)]
    command += ["--served-model-name", *models, *flags]
    given = {
        "PATH": os.defpath,
        "PYTHONPATH": str(IMAGES / "mock"),
        "MOCK_FLAGS": str(REPOSITORY / "tools/ai_server/checks/facts"),
        "MOCK_GPU": "env",
        "NVIDIA_VISIBLE_DEVICES": "all",
        **env,
    }
    with running(command, given, port, "/health", folder / "vllm.log") as server:
        yield server


@contextmanager
def running(command: list[str], env: Mapping[str, str], port: int, ready: str, log: Path) -> Iterator[Server]:
    """A program that listens on a port of this machine, once a path answers with 200; it ends with the context."""
    begin = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=dict(env), stdout=output, stderr=subprocess.STDOUT, cwd=log.parent)
    origin = f"http://127.0.0.1:{port}"
    try:
        while not _answers(origin + ready):
            assert process.poll() is None, f"it exited with {process.returncode}:\n{log.read_text()[-3000:]}"
            assert time.monotonic() < begin + START_SECONDS, f"it did not start:\n{log.read_text()[-3000:]}"
            time.sleep(0.1)
        yield Server(origin, process, log, time.monotonic() - begin)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
