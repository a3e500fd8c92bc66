"""Measures the chat page that the chart renders: its start, and its memory compared with the request of its container.
`make bench`, or `.venv/bin/python -m tests.bench.page [--output json]`; nothing here passes or fails.
"""

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from ai_server.helm.render import render
from ai_server.kube.manifests import Manifests
from ai_server.kube.nodes import quantity
from ai_server.local import container, environment
from ai_server.local.ports import any_free_port
from tests import local_gateway
from tests.bench.load import BODY, memory_mib
from tests.local_gateway import KEY, Server

MODEL = "qwen3-32b"
STARTS, REQUESTS = 2, 10
SECRETS = {"ai-server-keys": dict.fromkeys(("LITELLM_MASTER_KEY", "WEBUI_SECRET_KEY", "WEBUI_ADMIN_PASSWORD"), KEY)}


@dataclass(frozen=True)
class Result:
    """What the page needs; the memory is that of its last start, and the request is that of its container."""

    start_seconds: float
    memory_ready_mib: float
    memory_after_chats_mib: float
    memory_request_mib: float


def manifests(api: str, port: int) -> Manifests:
    """A render of the page alone, whose API is a server on this machine."""
    page = {"mode": "standalone", "port": port, "gatewayUrl": api}
    off = {name: {"enabled": False} for name in ("rocm", "thor", "gpu", "litellm")}
    return render({**off, "openwebui": page})


@contextmanager
def started(of: Manifests, folder: Path) -> Iterator[Server]:
    """The page of a render as a process, ready for requests, with an empty database."""
    [pod] = [pod for pod in of.running() if any(item["name"] == "openwebui" for item in pod.containers())]
    page = local_gateway.container(of, "openwebui")
    program = container.openwebui(environment.python("openwebui"))
    process = container.process(of, pod, page, program, below=folder, secrets=SECRETS)
    ready = page["livenessProbe"]["httpGet"]["path"]
    env = {"PATH": os.defpath, **process.env}
    with local_gateway.running(process.command, env, process.port, ready, folder / "page.log") as server:
        yield server


def chat(server: Server, count: int) -> None:
    """Signs the administrator in, who loads the page and its models, and chats."""
    with httpx.Client(base_url=server.origin, timeout=60, trust_env=False) as client:
        account = {"email": "admin@localhost", "password": KEY}
        signed = client.post("/api/v1/auths/signin", json=account).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {signed['token']}"
        for path in ("/", "/api/config", "/api/models"):
            client.get(path).raise_for_status()
        for _ in range(count):
            answer = client.post("/api/chat/completions", json={**BODY, "model": MODEL, "stream": False})
            assert answer.raise_for_status().json()["choices"], answer.text


def measure(folder: Path) -> Result:
    """Starts the page several times, each time with an empty database, and chats with the last."""
    starts = []
    with local_gateway.vllm([MODEL], folder / "vllm", MOCK_TOKENS_PER_SECOND="100000", VLLM_API_KEY=KEY) as backend:
        of = manifests(f"{backend.origin}/v1", any_free_port())
        for number in range(STARTS):
            with started(of, folder / str(number)) as server:
                starts.append(server.start_seconds)
                ready = memory_mib(server.process.pid)
                chat(server, REQUESTS)
                after = memory_mib(server.process.pid)
    request = local_gateway.container(of, "openwebui")["resources"]["requests"]["memory"]
    return Result(statistics.median(starts), ready, after, quantity(request) / 2**20)


def table(result: Result) -> Table:
    """The result for people."""
    shown = Table("", "the chart's page")
    shown.add_row("start with an empty database, s", f"{result.start_seconds:.1f}")
    shown.add_row("memory when ready, MiB", f"{result.memory_ready_mib:.0f}")
    shown.add_row(f"memory after {REQUESTS} chats, MiB", f"{result.memory_after_chats_mib:.0f}")
    shown.add_row("memory request, MiB", f"{result.memory_request_mib:.0f}")
    return shown


def main() -> None:
    """Prints the measurements as a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", choices=("text", "json"), default="text")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = measure(Path(name))
    if options.output == "json":
        data: dict[str, Any] = asdict(result)
        print(json.dumps(data, indent=2))
    else:
        Console(width=120).print(table(result))


if __name__ == "__main__":
    main()
