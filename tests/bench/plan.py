"""Measures `ai-server plan` in complete processes: of homelab compared with `ai-server render` of the same file, which is
the least that a plan needs, and on fleets of up to a thousand named nodes, with the exponent of its growth.

`.venv/bin/python -m tests.bench.plan [--runs N] [--output json]`; nothing here passes or fails.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ai_server.paths import PROFILES
from tests.bench.check import COMMAND, fleet

VALUES, CLUSTER = PROFILES / "homelab" / "values.yaml", PROFILES / "homelab" / "cluster.yaml"
PLAN, RENDER = "ai-server plan", "ai-server render"
FLEETS = (100, 300, 1000)


@dataclass(frozen=True)
class Taken:
    """The seconds of a process: by the clock, and of the processors, in which other programs do not count."""

    seconds: float
    cpu: float


def taken(command: Sequence[str]) -> Taken:
    """What one run of a command takes."""
    # warm: as where Python keeps what it compiled
    warm = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=warm, text=True, check=False)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):  # 1: a node has no room
        raise RuntimeError(f"{command}: {done.stderr}")
    return Taken(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def best(commands: Mapping[str, Sequence[str]], runs: int) -> dict[str, Taken]:
    """The least that each command takes in several runs, in turn, after one that does not count."""
    for command in commands.values():
        taken(command)
    rounds = [{name: taken(command) for name, command in commands.items()} for _ in range(runs)]
    return {
        name: Taken(min(one[name].seconds for one in rounds), min(one[name].cpu for one in rounds)) for name in commands
    }


def exponent(measured: Mapping[int, float]) -> float:
    """How the seconds grow between the smallest and the largest number of nodes: 1 is linear, 2 quadratic."""
    few, many = min(measured), max(measured)
    return math.log(measured[many] / measured[few]) / math.log(many / few)


def of_homelab(runs: int) -> dict[str, Taken]:
    """What the plan of homelab and the render of its values take."""
    plan = [str(COMMAND), "plan", str(VALUES), "--cluster", str(CLUSTER)]
    return best({PLAN: plan, RENDER: [str(COMMAND), "render", str(VALUES)]}, runs)


def of_fleets(runs: int, fleets: Sequence[int] = FLEETS) -> dict[int, dict[str, Taken]]:
    """The same for fleets, by their number of nodes."""
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        for nodes in fleets:
            _, _, *files = fleet(nodes, Path(folder))
            commands = {PLAN: [str(COMMAND), "plan", *files], RENDER: [str(COMMAND), "render", *files[:2]]}
            measured[nodes] = best(commands, runs)
    return measured


def main() -> None:
    """Prints both tables, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--output", choices=("text", "json"), default="text")
    options = parser.parse_args()
    homelab, fleets = of_homelab(options.runs), of_fleets(max(1, options.runs // 5))
    growth = {name: exponent({nodes: row[name].cpu for nodes, row in fleets.items()}) for name in (PLAN, RENDER)}
    if options.output == "json":
        rows = {nodes: {name: asdict(one) for name, one in row.items()} for nodes, row in fleets.items()}
        result = {"homelab": {name: asdict(one) for name, one in homelab.items()}, "nodes": rows, "exponents": growth}
        json.dump(result, sys.stdout, indent=2)
        print()
        return
    first = Table("homelab, whole process", "seconds", "of processors", "ratio")
    for name, one in homelab.items():
        first.add_row(name, f"{one.seconds:.3f}", f"{one.cpu:.3f}", f"{one.cpu / homelab[RENDER].cpu:.2f}")
    second = Table("named nodes", *(f"{name}, {what}" for name in (PLAN, RENDER) for what in ("seconds", "processors")))
    for nodes, row in fleets.items():
        cells = [f"{amount:.2f}" for name in (PLAN, RENDER) for amount in (row[name].seconds, row[name].cpu)]
        second.add_row(str(nodes), *cells)
    second.add_row("exponent", "", f"{growth[PLAN]:.2f}", "", f"{growth[RENDER]:.2f}")
    Console(width=110).print(first, second)


if __name__ == "__main__":
    main()
