"""Prints results as tables and sentences, or as JSON for scripts; data goes to stdout, messages to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ai_server.reading.wording import plural

if TYPE_CHECKING:
    from rich.table import Table

    from ai_server.helm.diff import Change
    from ai_server.helm.gateway import Gateway, Route
    from ai_server.kube.cluster_facts import ClusterFacts
    from ai_server.lab.programs import Found


ROUTE = ("model", "mode", "backend_model", "api_base", "service", "nodes", "external", "backend")
"""The fields of a route in JSON output."""


def yaml_documents(objects: Iterable[dict[str, Any]]) -> None:
    """Prints Kubernetes objects as YAML documents."""
    from ai_server.reading.yamldump import dump_documents

    dump_documents(objects, sys.stdout)


def routes(rows: Sequence["Route"], gateway: "Gateway", notes: Sequence[str], as_json: bool) -> None:
    """Prints the routes of a render, and sentences about them."""
    if as_json:
        aliases: dict[str, list[str]] = {}
        for alias, model in sorted(gateway.aliases.items()):
            aliases.setdefault(model, []).append(alias)
        _json(
            [
                {name: getattr(route, name) for name in ROUTE}
                | {"fallbacks": gateway.fallbacks.get(route.model, []), "aliases": aliases.get(route.model, [])}
                for route in rows
            ]
        )
        return
    lines = [
        (
            route.model,
            route.mode.removeprefix("audio_"),
            route.backend,
            "elsewhere" if route.external else ", ".join(route.nodes),
        )
        for route in rows
    ]
    _print(_fitting(["model", "for", "backend", "nodes"], lines))
    if not rows:
        print("no routes: litellm is off", file=sys.stderr)
    print()
    for note in filter(None, notes):
        print(note)


def changes(differences: Sequence["Change"], effects: Sequence[str], as_json: bool) -> None:
    """Prints the differences between two renders, with + and - as in a diff, and what they interrupt."""
    if as_json:
        _json([asdict(change) for change in differences])
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    last = ""
    for change in differences:
        if change.object != last:
            sign = "- " if change.before == "there" else "+ " if change.after == "there" else "  "
            console.print(Text(sign + change.object, style="bold"))
            last = change.object
        if not change.path:
            continue
        for sign, value, style in (("-", change.before, "red"), ("+", change.after, "green")):
            if value is not None:
                shown = value if isinstance(value, str) else json.dumps(value)
                console.print(Text(f"  {sign} {change.path}: {shown}", style=style))
    console.print(plural(len(differences), "difference") if differences else "no difference")
    for effect in effects:
        console.print(effect)


def cluster_status(name: str, backend: str, kubeconfig: str, facts: "ClusterFacts | None", as_json: bool) -> None:
    """Prints the nodes of a cluster with their taints and GPUs."""
    nodes = facts.of_kind("Node") if facts else []
    rows = [
        {
            "node": node["metadata"]["name"],
            "arch": node["metadata"]["labels"].get("kubernetes.io/arch", ""),
            "taints": [f"{taint['key']}={taint.get('value', '')}" for taint in node["spec"].get("taints") or []],
            "gpus": {key: value for key, value in node["status"].get("allocatable", {}).items() if "/gpu" in key},
        }
        for node in nodes
    ]
    if as_json:
        _json({"name": name, "backend": backend, "up": facts is not None, "kubeconfig": kubeconfig, "nodes": rows})
        return
    if facts is None:
        print(f"cluster {name} is not running")
        return
    print(f"cluster {name} is running ({backend}): export KUBECONFIG={kubeconfig}")
    table = _table("node", "arch", "GPU", "taints")
    for row in rows:
        gpus = ", ".join(f"{key} {value}" for key, value in row["gpus"].items())
        table.add_row(row["node"], row["arch"], gpus, ", ".join(row["taints"]))
    _print(table)


def programs(locations: Sequence["Found"], as_json: bool) -> None:
    """Prints programs with their versions and where they come from."""
    if as_json:
        _json(
            [
                {
                    "name": location.program.name,
                    "version": location.version,
                    "source": location.source,
                    "path": str(location.path or ""),
                }
                for location in locations
            ]
        )
        return
    print_table(
        ["program", "version", "from", "path"],
        [
            (location.program.name, location.version, location.source, str(location.path or ""))
            for location in locations
        ],
    )


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> None:
    """Prints a table."""
    table = _table(*columns, title=title)
    for row in rows:
        table.add_row(*row)
    _print(table)


def _table(*columns: str, title: str | None = None) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        title=title,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_edge=False,
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _fitting(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
    """A table that fits the terminal: if it is too wide, the last column is below the one before it."""
    from rich.console import Console

    widest = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    console = Console()
    if console.is_terminal and sum(widest) + 2 * len(widest) > console.width:
        *columns, above, last = columns
        columns = [*columns, f"{above}, {last}"]
        rows = [[*row[:-2], f"{row[-2]}\n  {row[-1]}"] for row in rows]
    table = _table(*columns)
    for row in rows:
        table.add_row(*row)
    return table


def _print(table: "Table") -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        # a pipe has no width: do not wrap lines that a program may read
        console.width = 400
    console.print(table)


def _json(data: Any) -> None:
    print(json.dumps(data, indent=2))
