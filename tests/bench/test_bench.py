"""The benchmarks measure what they say; no test looks at how fast anything is."""

import asyncio
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

from ai_server.memory.gguf import Items, read
from tests.bench.gateway import BACKEND, DEFAULTS, RENDERED, Result, table
from tests.bench.gguf import LAYERS, TOKENS, large_file
from tests.bench.load import CLIENTS, Target, cpu_seconds, family, measure, memory_mib
from tests.bench.plan import PLAN, RENDER, exponent, of_fleets
from tests.clients.agent_backend import model_server


def test_a_round_measures_every_kind_of_request() -> None:
    with model_server() as server:
        target = Target("a test", f"http://{server.address}/v1", "", "m", os.getpid())
        samples = asyncio.run(measure(target, requests=3, seconds=0.05))
    assert (len(samples.short), len(samples.first_chunk)) == (3, 3)
    assert set(samples.per_second) == set(CLIENTS)
    assert sum(bool(body.get("stream")) for _, body in server.requests) == 3


def test_the_processor_time_and_the_memory_of_children_count() -> None:
    busy = "sum(range(5_000_000)); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert child.pid in family(os.getpid())
        assert cpu_seconds(child.pid) > 0
        assert memory_mib(os.getpid()) > memory_mib(child.pid) > 1
        child.kill()


def test_the_table_shows_what_the_gateway_adds_to_the_backend() -> None:
    results = [
        Result(name, short, 9, 1, 2, dict.fromkeys(CLIENTS, 50), 1, 1, 8, 300)
        for name, short in ((BACKEND, 2.0), (DEFAULTS, 12.0), (RENDERED, 13.5))
    ]
    shown = table(results, "768")
    assert list(shown.columns[3].cells)[1] == "11.5"
    assert list(shown.columns[3].cells)[-1] == "768"


def test_a_file_of_100_gb_is_read_in_little_memory(tmp_path: Path) -> None:
    file = large_file(tmp_path)
    tracemalloc.start()
    header = read(file)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert header.file_bytes > 100e9 > 1e9 > os.stat(file).st_blocks * 512
    assert header.metadata["tokenizer.ggml.merges"] == Items("string", TOKENS)
    assert len(header.tensors) == 9 * LAYERS + 1
    assert most < 8 * 2**20


def test_the_plan_and_the_render_of_a_fleet_are_measured() -> None:
    [(nodes, row)] = of_fleets(1, (3,)).items()
    assert (nodes, set(row)) == (3, {PLAN, RENDER})
    assert all(one.seconds > 0 and one.cpu > 0 for one in row.values())


def test_the_exponent_of_growth_is_1_for_linear_and_2_for_quadratic() -> None:
    assert round(exponent({100: 1.0, 300: 3.5, 1000: 10.0}), 6) == 1
    assert round(exponent({10: 1.0, 100: 100.0}), 6) == 2
