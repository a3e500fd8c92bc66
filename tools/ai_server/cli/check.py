"""check, discover: what is wrong in values files, and the facts of a cluster to hold them against."""

import gc
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ai_server.cli.options import ClusterFile, KubeVersion, Namespace, ReleaseName
from ai_server.errors import UserError

LARGE_BYTES = 50_000
"""Of values files: some hundred nodes."""


class Format(StrEnum):
    """For people, for machines, for code scanning, and for the lines of a pull request."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


def check(
    files: Annotated[
        list[Path] | None,
        typer.Option("--values", "-f", help="A values file; may be given again, the later wins, as with Helm."),
    ] = None,
    cluster: ClusterFile = None,
    live: Annotated[bool, typer.Option("--live", help="Check against the cluster of your kubeconfig.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Ask registries what images are built for.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    explain: Annotated[str, typer.Option("--explain", metavar="ID", help="Print a rule's page, and stop.")] = "",
    pod_security: Annotated[bool, typer.Option("--pod-security", help="Also show each pod's level, and why.")] = False,
    kube_version: KubeVersion = "",
    release: ReleaseName = "ai-server",
    namespace: Namespace = "ai-server",
    output: Annotated[Format, typer.Option("--output", "-o", help="How findings are printed.")] = Format.text,
) -> None:
    """Find what is wrong in values files: in themselves, in what they render to, and against the nodes.

    Exit status: 0 nothing wrong, 1 errors found, 2 the command was misused.
    """
    from ai_server.cli import report

    if explain:
        report.page(explain)
        return
    if not files:
        raise UserError("no values file was given", hint="name it with --values: ai-server check -f my.yaml")
    if cluster and live:
        raise UserError("--cluster and --live were both given", hint="a file, or the live cluster: one of the two")
    from ai_server import checks
    from ai_server.kube.cluster_facts import live_facts, read_facts

    _collect_seldom(files)
    gc.disable()  # the process ends soon, and a large render is many small objects that stay
    facts = read_facts(cluster) if cluster else live_facts(namespace=namespace) if live else None
    result = checks.run(files, facts, kube_version=kube_version, release=release, namespace=namespace, online=online)
    found = [each.strict() for each in result.findings] if strict else result.findings
    report.findings(found, result, output.value, pod_security=pod_security)
    if any(each.severity == "error" for each in found):
        raise typer.Exit(1)


def _collect_seldom(files: list[Path]) -> None:
    """Starts a large check anew with GOGC: Go, which renders, reads it when a process begins, and spends a fifth of the
    time on collecting what ends with the process anyway.
    """
    large = sum(file.stat().st_size for file in files if file.is_file()) > LARGE_BYTES
    if large and os.name == "posix" and "GOGC" not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "GOGC": "800"})


def discover(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file; without it, print.")
    ] = None,
    namespace: Namespace = "ai-server",
) -> None:
    """Write the facts of your kubeconfig's cluster as a cluster.yaml: no secrets, no variables, no addresses."""
    from ai_server.kube.cluster_facts import live_facts
    from ai_server.kube.discover import as_yaml

    text = as_yaml(live_facts(namespace=namespace))
    if output is None:
        print(text, end="")
    else:
        output.write_text(text)
        typer.echo(f"wrote {output}; check with: ai-server check -f my.yaml --cluster {output}", err=True)
