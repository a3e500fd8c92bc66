"""Measures `ai-server check` in complete processes: compared with helm lint + helm template | kubeconform, and on fleets
of up to a thousand named nodes. `.venv/bin/python tests/bench/check.py [--runs N]`; nothing here passes or fails.
"""

import argparse
import importlib.util
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from ai_server.lab import programs
from ai_server.lab.programs.builder import find_go
from ai_server.paths import CHART, PROFILES, cache

KUBECONFORM = "0.8.0"
COMMAND = Path(sys.executable).with_name("ai-server")
HOMELAB = PROFILES / "homelab"
FLEETS = (125, 250, 500, 1000)


def kubeconform() -> Path:
    """kubeconform, built once into the cache."""
    folder = cache() / "bench" / f"kubeconform-{KUBECONFORM}"
    if not (folder / "kubeconform").is_file():
        print(f"build kubeconform {KUBECONFORM} ...", file=sys.stderr)
        package = f"github.com/yannh/kubeconform/cmd/kubeconform@v{KUBECONFORM}"
        subprocess.run([find_go(), "install", package], check=True, env={**os.environ, "GOBIN": str(folder)})
    return folder / "kubeconform"


def schemas() -> Path:
    """Kubernetes' schemas, the ones that the check reads, each with the definitions that it needs: kubeconform follows
    no references to other files.
    """
    folder = cache() / "bench" / "schemas-1.36"
    if folder.is_dir():
        return folder
    [package] = importlib.util.find_spec("kubernetes_validate").submodule_search_locations or []  # type: ignore[union-attr]
    source = Path(package) / "kubernetes-json-schema" / "v1.36.0-local-strict"
    definitions = json.loads((source / "_definitions.json").read_text())["$defs"]
    folder.mkdir(parents=True)
    for kind in (
        "configmap-v1",
        "persistentvolumeclaim-v1",
        "service-v1",
        "secret-v1",
        "deployment-apps-v1",
        "pod-v1",
        "ingress-networking-v1",
    ):
        text = (source / f"{kind}.json").read_text().replace("/api/_definitions.json#", "#")
        needed: dict[str, Any] = {}
        _collect(text, definitions, needed)
        (folder / f"{kind}.json").write_text(json.dumps({**json.loads(text), "$defs": needed}))
    return folder


def _collect(text: str, definitions: dict[str, Any], needed: dict[str, Any]) -> None:
    for name in set(re.findall(r"#/\$defs/([\w.-]+)", text)) - set(needed):
        needed[name] = definitions[name]
        _collect(json.dumps(definitions[name]), definitions, needed)


def peers() -> str:
    """The shell command that people use today."""
    where = f"{schemas()}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    helm, values = programs.find("helm"), HOMELAB / "values.yaml"
    template = f"{helm} template ai-server {CHART} -f {values} --kube-version 1.36.3"
    return f"{helm} lint --quiet {CHART} -f {values} && {template} | {kubeconform()} -strict -schema-location '{where}'"


def fleet(nodes: int, folder: Path) -> list[str]:
    """The command on a fleet in which each node has a name and its own overrides."""
    names = [f"halo-{number}" for number in range(nodes)]
    own = {
        name: {
            "renderGroup": 991,
            "port": 8000 + number % 100,
            "startupSeconds": 600 + number,
            "resources": {"requests": {"memory": f"{32 + number % 30}Gi"}},
        }
        for number, name in enumerate(names)
    }
    values = {"rocm": {"models": {"chat": {"file": "gguf/chat.gguf"}}, "nodes": own}}
    items = [_node(name, gpu=True) for name in names] + [_node("small", gpu=False)]
    (folder / "values.yaml").write_text(yaml.dump(values, Dumper=yaml.CSafeDumper))
    cluster = {"apiVersion": "v1", "kind": "List", "items": items}
    (folder / "cluster.yaml").write_text(yaml.dump(cluster, Dumper=yaml.CSafeDumper))
    return [str(COMMAND), "check", "-f", str(folder / "values.yaml"), "--cluster", str(folder / "cluster.yaml")]


def _node(name: str, *, gpu: bool) -> dict[str, Any]:
    has = {"cpu": "16", "memory": "120Gi", "ephemeral-storage": "500Gi"} | ({"amd.com/gpu": "1"} if gpu else {})
    taints = [{"key": "rocm-inference", "value": "true", "effect": "NoSchedule"}] if gpu else []
    metadata = {"name": name, "labels": {"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name}}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": metadata,
        "spec": {"taints": taints},
        "status": {"allocatable": has},
    }


def seconds(run: Callable[[], object], runs: int) -> float:
    """The median of several runs, after one that does not count."""
    run()
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    # warm: as where Python keeps what it compiled
    warm = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "env": warm}
    homelab = [COMMAND, "check", "-f", HOMELAB / "values.yaml", "--cluster", HOMELAB / "cluster.yaml"]
    line = peers()
    ours = seconds(lambda: subprocess.run(homelab, **quiet), runs)
    theirs = seconds(lambda: subprocess.run(["bash", "-o", "pipefail", "-c", line], **quiet), runs)
    first = Table("homelab, whole process", "seconds", "ratio")
    first.add_row("ai-server check, all rules, with its cluster", f"{ours:.3f}", "1")
    first.add_row("helm lint + helm template | kubeconform", f"{theirs:.3f}", f"{theirs / ours:.2f}")
    second = Table("named nodes", "seconds", "milliseconds a node")
    with tempfile.TemporaryDirectory() as folder:
        for nodes in FLEETS:
            command = fleet(nodes, Path(folder))
            taken = seconds(lambda command=command: subprocess.run(command, **quiet), max(1, runs // 2))
            second.add_row(str(nodes), f"{taken:.2f}", f"{taken / nodes * 1000:.2f}")
    Console().print(first, second)


if __name__ == "__main__":
    main()
