"""Measures what the gateway costs: `make bench`, or `.venv/bin/python -m tests.bench.gateway [--output json]`.

The same requests go to a backend directly, through LiteLLM with its defaults, and through the gateway that the chart
renders, without and with metrics, in turns, so that all meet the same load of the machine: the ratios count, and nothing here
passes or fails.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from ai_server.helm import render
from ai_server.kube.manifests import Manifests
from ai_server.kube.nodes import quantity
from ai_server.reading import profiles
from tests.bench.load import CLIENTS, Samples, Target, measure, memory_mib
from tests.here import programs
from tests.here.machine import KEY, LocalPod, local_pod_with
from tests.here.programs import Server
from tests.render.common import container

MODEL = "qwen3-32b"
VALUES = f"""
thor:
  nodes:
    thor:
      comfyui: {{enabled: false}}
      speech: {{enabled: false}}
      vllm: {{model: hf/{MODEL}, servedNames: [{MODEL}], maxModelLen: 32768}}
openwebui: {{enabled: false}}
"""
BACKEND, DEFAULTS, RENDERED = "backend alone", "LiteLLM's defaults", "the chart's gateway"
WITH_METRICS = "metrics: true"
ROUNDS, REQUESTS, SECONDS = 6, 15, 0.8
STARTS = 2
KEPT_VARIABLES = ("LITELLM_MASTER_KEY", "BACKEND_API_KEY", "LITELLM_LOCAL_MODEL_COST_MAP", "HOME")
KEPT_FLAGS = ("--config", "--port")
"""What LiteLLM's defaults get of the rendered container."""


@dataclass(frozen=True)
class Result:
    """What a target needs: the medians of all rounds. slower: its processor time for a request, as a multiple of what
    LiteLLM's defaults need in the same round.
    """

    name: str
    short_ms: float
    short_p95_ms: float
    first_chunk_ms: float
    first_chunk_p95_ms: float
    per_second: dict[int, float]
    cpu_ms: float
    slower: float
    start_seconds: float
    memory_mib: float


def manifests(folder: Path, values: str = VALUES) -> Manifests:
    """A render with one model."""
    (folder / "values.yaml").write_text(values)
    return render.render(profiles.load([folder / "values.yaml"]).values)


def gateway(of: Manifests, backend: Server, folder: Path) -> LocalPod:
    """The pod of the gateway on this machine, with a backend."""
    return local_pod_with(of, "litellm", folder, {"ai-server-thor-thor-vllm:8000": backend.address})


@contextmanager
def defaults(of: Manifests, backend: Server, folder: Path) -> Iterator[Server]:
    """LiteLLM with a list of models and a key, and without downloads, for which it would wait here."""
    pod = gateway(of, backend, folder)
    data, litellm = pod.manifests.get("ConfigMap", "ai-server-litellm")["data"], pod.container("litellm")
    entries = yaml.safe_load(data["config.yaml"])["model_list"]
    models = [{key: entry[key] for key in ("model_name", "litellm_params")} for entry in entries]
    data["config.yaml"] = yaml.safe_dump({"model_list": models}, sort_keys=False)
    litellm["env"] = [variable for variable in litellm["env"] if variable["name"] in KEPT_VARIABLES]
    flags = list(itertools.pairwise(litellm["args"]))
    litellm["args"] = [word for pair in flags if pair[0] in KEPT_FLAGS for word in pair]
    with programs.started(pod, "litellm") as server:
        yield server


async def rounds(targets: list[Target], count: int) -> dict[str, list[Samples]]:
    """The measurements of each target, round by round, after one that does not count."""
    samples: dict[str, list[Samples]] = {target.name: [] for target in targets}
    for target in targets:
        await measure(target, REQUESTS, SECONDS)
    for turn in range(count):
        print(f"round {turn + 1} of {count} ...", file=sys.stderr)
        for target in targets[turn % len(targets) :] + targets[: turn % len(targets)]:
            samples[target.name].append(await measure(target, REQUESTS, SECONDS))
    return samples


def result(name: str, samples: Mapping[str, list[Samples]], server: Server, starts: list[float]) -> Result:
    """The medians of a target's measurements."""
    own = samples[name]
    short = [1000 * seconds for one in own for seconds in one.short]
    first = [1000 * seconds for one in own for seconds in one.first_chunk]
    return Result(
        name,
        statistics.median(short),
        statistics.quantiles(short, n=20)[-1],
        statistics.median(first),
        statistics.quantiles(first, n=20)[-1],
        {clients: statistics.median(one.per_second[clients] for one in own) for clients in CLIENTS},
        statistics.median(one.cpu_ms for one in own),
        statistics.median(one.cpu_ms / other.cpu_ms for one, other in zip(own, samples[DEFAULTS], strict=True)),
        statistics.median(starts),
        memory_mib(server.process.pid),
    )


def table(results: list[Result], request: str) -> Table:
    """The results for people."""
    [backend, *_] = results
    shown = Table("", *(one.name for one in results))
    rows: list[tuple[str, Callable[[Result], str]]] = [
        ("short answer, median / p95, ms", lambda one: f"{one.short_ms:.1f} / {one.short_p95_ms:.1f}"),
        ("added to the backend's median, ms", lambda one: f"{one.short_ms - backend.short_ms:.1f}"),
        ("first chunk, median / p95, ms", lambda one: f"{one.first_chunk_ms:.1f} / {one.first_chunk_p95_ms:.1f}"),
        ("added to the backend's median, ms", lambda one: f"{one.first_chunk_ms - backend.first_chunk_ms:.1f}"),
        *(
            (f"requests per second, clients: {clients}", lambda one, clients=clients: f"{one.per_second[clients]:.0f}")
            for clients in CLIENTS
        ),
        ("processor time for a request, ms", lambda one: f"{one.cpu_ms:.2f}"),
        (f"the same, {DEFAULTS} = 1", lambda one: f"{one.slower:.2f}"),
        ("start until ready, s", lambda one: f"{one.start_seconds:.1f}"),
        ("memory after the run, MiB", lambda one: f"{one.memory_mib:.0f}"),
        ("memory request, MiB", lambda one: request if one.name == RENDERED else ""),
    ]
    for title, cell in rows:
        shown.add_row(title, *(cell(one) for one in results))
    return shown


def main() -> None:
    """Starts all, measures them in turns, and prints a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--output", choices=("text", "json"), default="text")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        of, counting = manifests(folder), manifests(folder, f"{VALUES}litellm: {{metrics: true}}\n")
        backend = running.enter_context(programs.vllm([MODEL], folder / "vllm", MOCK_TOKENS_PER_SECOND="100000"))
        begin: dict[str, Callable[[], AbstractContextManager[Server]]] = {
            DEFAULTS: lambda: defaults(of, backend, folder / "defaults"),
            RENDERED: lambda: programs.started(gateway(of, backend, folder / "rendered"), "litellm"),
            WITH_METRICS: lambda: programs.started(gateway(counting, backend, folder / "counting"), "litellm"),
        }
        starts: dict[str, list[float]] = {BACKEND: [backend.start_seconds], **{title: [] for title in begin}}
        for title, start in list(begin.items()) * (STARTS - 1):
            with start() as server:
                starts[title].append(server.start_seconds)
        servers = {BACKEND: backend, **{title: running.enter_context(start()) for title, start in begin.items()}}
        for title in begin:
            starts[title].append(servers[title].start_seconds)
        targets = [Target(title, f"{one.origin}/v1", KEY, MODEL, one.process.pid) for title, one in servers.items()]
        samples = asyncio.run(rounds(targets, options.rounds))
        results = [result(title, samples, server, starts[title]) for title, server in servers.items()]
    memory = container(of, "ai-server-litellm", "litellm")["resources"]["requests"]["memory"]
    request = quantity(memory) / 2**20
    if options.output == "json":
        data: dict[str, Any] = {"results": [asdict(one) for one in results], "memory_request_mib": int(request)}
        print(json.dumps(data, indent=2))
    else:
        Console(width=120).print(table(results, f"{request:.0f}"))


if __name__ == "__main__":
    main()
