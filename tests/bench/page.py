"""Measures the chat page that the chart renders: its start, and its memory compared with the request of its container.
`make bench`, or `.venv/bin/python -m tests.bench.page [--output json]`; nothing here passes or fails.
"""

import argparse
import json
import statistics
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from ai_server.helm.render import render
from ai_server.kube.manifests import Manifests
from ai_server.kube.nodes import quantity
from tests.bench.load import BODY, memory_mib
from tests.here import programs
from tests.here.machine import KEY, local_pod_with
from tests.here.programs import Server
from tests.render.common import container

MODEL = "qwen3-32b"
STARTS, REQUESTS = 2, 10


@dataclass(frozen=True)
class Result:
    """What the page needs; the memory is that of its last start, and the request is that of its container."""

    start_seconds: float
    memory_ready_mib: float
    memory_after_chats_mib: float
    memory_request_mib: float


def manifests(api: str) -> Manifests:
    """A render of the page alone, whose API is a server on this machine."""
    page = {"mode": "standalone", "gatewayUrl": api}
    off = {name: {"enabled": False} for name in ("rocm", "thor", "gpu", "litellm")}
    return render({**off, "openwebui": page})


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
    with programs.vllm([MODEL], folder / "vllm", MOCK_TOKENS_PER_SECOND="100000", VLLM_API_KEY=KEY) as backend:
        of = manifests(f"{backend.origin}/v1")
        for number in range(STARTS):
            pod = local_pod_with(of, "openwebui", folder / str(number))
            with programs.started(pod, "openwebui") as server:
                starts.append(server.start_seconds)
                ready = memory_mib(server.process.pid)
                chat(server, REQUESTS)
                after = memory_mib(server.process.pid)
    request = container(of, "ai-server-openwebui", "openwebui")["resources"]["requests"]["memory"]
    return Result(statistics.median(starts), ready, after, float(quantity(request) / 2**20))


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
