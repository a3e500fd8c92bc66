"""The rendered gateway as a process of this machine: the real LiteLLM with the arguments, the variables and the
configuration of its pod. Only the port, the keys and the addresses of the backends are replaced.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from ai_server.helm.gateway import gateway_of
from ai_server.kube.manifests import Manifests, Object
from ai_server.local.ports import any_free_port
from ai_server.paths import IMAGES, REPOSITORY
from tests.agreement.installed import litellm_python

KEY = "sk-of-a-test"
NOWHERE = "http://127.0.0.1:9"
"""Nothing listens on the port for discarded data."""
START_SECONDS = 180
CONFIG = "/etc/litellm/config.yaml"


@dataclass(frozen=True)
class Server:
    """A running program: its address, its process, the file with its output, and how long it took to be ready."""

    origin: str
    process: subprocess.Popen[bytes]
    log: Path
    start_seconds: float


def container(manifests: Manifests, name: str = "litellm") -> Object:
    """The only running container of a name."""
    [one] = [item for pod in manifests.running() for item in pod.containers(init=False) if item["name"] == name]
    return one


def variables(of: Object, folder: Path) -> dict[str, str]:
    """The variables of a container: a key from any Secret is KEY, and /tmp is a folder."""
    given = [item for item in of.get("env") or [] if "value" in item or _key(item)]
    values = {item["name"]: item.get("value", KEY) for item in given}
    return {name: str(folder) if value == "/tmp" else str(value) for name, value in values.items()}


def _key(variable: Mapping[str, Any]) -> bool:
    return "secretKeyRef" in (variable.get("valueFrom") or {})


def configuration(manifests: Manifests, backends: Mapping[str, str]) -> dict[str, Any]:
    """LiteLLM's configuration with other origins (http://HOST:PORT) for the backends, by the names of their models."""
    config = yaml.safe_load(yaml.safe_dump(gateway_of(manifests.of_kind("ConfigMap")).config))
    for entry in config["model_list"]:
        params = entry["litellm_params"]
        if base := params.get("api_base"):
            origin = backends.get(entry["model_name"], NOWHERE)
            params["api_base"] = f"{origin}{urlsplit(base).path}"
    return dict(config)


@contextmanager
def gateway(manifests: Manifests, backends: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """The gateway of a render, ready for requests. folder: for its files; backends: see configuration()."""
    pod = container(manifests)
    with litellm(configuration(manifests, backends), pod["args"], variables(pod, folder), folder) as server:
        yield server


@contextmanager
def litellm(config: Mapping[str, Any], arguments: list[str], env: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """LiteLLM with a configuration, the arguments of a container, and its variables."""
    folder.mkdir(parents=True, exist_ok=True)
    file, port = folder / "config.yaml", any_free_port()
    file.write_text(yaml.safe_dump(dict(config), sort_keys=False))
    replaced = {CONFIG: str(file), arguments[arguments.index("--port") + 1]: str(port)}
    python = litellm_python()
    command = [str(python), str(python.with_name("litellm")), *(replaced.get(word, word) for word in arguments)]
    path = f"{python.parent}:{os.defpath}"
    with running(command, {"PATH": path, **env}, port, "/health/readiness", folder / "litellm.log") as server:
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
