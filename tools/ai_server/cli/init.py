"""init: asks what there is, and writes the first values file."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ai_server.cli.options import ClusterFile, Namespace, Yes
from ai_server.errors import UserError
from ai_server.extras import is_installed, need

if TYPE_CHECKING:
    from ai_server.cli.starter import Group
    from ai_server.kube.cluster_facts import ClusterFacts

SCHEMA = "values.schema.json"


def init(
    file: Annotated[Path, typer.Argument(help="Values file to write.")] = Path("my.yaml"),
    live: Annotated[bool, typer.Option("--live", help="Read the nodes from the cluster in your kubeconfig.")] = False,
    cluster: ClusterFile = None,
    namespace: Namespace = "ai-server",
    yes: Yes = False,
) -> None:
    """Write a first values file: my.yaml.

    Reads the nodes from your cluster if it can, else asks for one; then asks for a model and the address of the chat
    page. With a live cluster, it also writes cluster.yaml, as discover does.

    Exit status: 0 the file has no errors, 1 it has some, 2 the command was misused.
    """
    if cluster and live:
        raise UserError("--cluster and --live were both given", hint="use either a file or the live cluster")
    if live:
        need("live", "init --live")
    from ai_server.cli.asking import may_write, write
    from ai_server.cli.questions import ask
    from ai_server.cli.starter import values_text
    from ai_server.kube.cluster_facts import read_facts

    may_write(file, yes=yes)
    facts = read_facts(cluster) if cluster else _live(namespace, asked=live)
    answers = ask(facts)
    schema, schema_file = _schema_for(file)
    text = values_text(answers.groups, host=answers.host, ingress_class=answers.ingress_class, schema=schema)
    if schema_file:
        from ai_server.checks.engine.chart_schema import editor_text

        write(schema_file, editor_text(), yes=yes)
    file.write_text(text, encoding="utf-8")
    typer.echo(f"wrote {file}", err=True)
    if facts and not cluster:
        from ai_server.kube.discover import as_yaml

        cluster = file.with_name("cluster.yaml")
        write(cluster, as_yaml(facts), yes=yes)
        typer.echo(f"wrote {cluster}", err=True)
    _check(file, facts, namespace)
    _next_steps(file, cluster, answers.groups, namespace)


def _live(namespace: str, *, asked: bool) -> "ClusterFacts | None":
    """The facts of the cluster in the kubeconfig, if there is one that answers; UserError if it was asked for."""
    from ai_server.kube.live import kubeconfig

    found = kubeconfig()
    if not asked:
        if not found or not is_installed("live"):
            return None
        if not typer.confirm(f"Read the nodes of the cluster in {found}?", default=True, err=True):
            return None
    from ai_server.kube.cluster_facts import live_facts

    try:
        return live_facts(namespace=namespace)
    except UserError as error:
        if asked:
            raise
        typer.echo(f"{error.message}; describe one node instead", err=True)
        return None


def _schema_for(file: Path) -> tuple[str, Path | None]:
    """What the first line of a values file names as its schema, and the file to write if the clone's is not near."""
    from ai_server.paths import CI, DOCS, REPOSITORY

    folder = file.resolve().parent
    if CI.is_dir() and folder.is_relative_to(REPOSITORY):
        up = "../" * len(folder.relative_to(REPOSITORY).parts)
        return f"{up}{DOCS.name}/{SCHEMA}", None
    return SCHEMA, file.with_name(SCHEMA)


def _check(file: Path, facts: "ClusterFacts | None", namespace: str) -> None:
    """Prints what check finds; exits with 1 if there are errors."""
    from ai_server import checks
    from ai_server.cli import report

    result = checks.run([file], facts, namespace=namespace)
    shown = result.findings if facts else [finding for finding in result.findings if finding.severity != "not-checked"]
    report.findings(shown, result, "text", pod_security=False)
    if any(finding.severity == "error" for finding in shown):
        typer.echo(f"fix this in {file}, or in the cluster, then: ai-server check {file}", err=True)
        raise typer.Exit(1)


def _next_steps(file: Path, cluster: Path | None, groups: "list[Group]", namespace: str) -> None:
    from ai_server.cli.starter import title
    from ai_server.paths import CHART, CI

    chart = "charts/ai-server" if CI.is_dir() else CHART
    validate = f"--cluster {cluster}" if cluster else "--live"
    in_path = shutil.which("ai-server") or Path(sys.argv[0]).name != "ai-server"
    command = "ai-server" if in_path else sys.argv[0]
    print("Next")
    for group in groups:
        print(f"  put the model at /data/ai-models/{group.model} on {title(group.nodes)} (docs/install.md)")
    print(f"  {command} check {file} {validate}")
    print(f"  helm install ai-server {chart} -f {file} --namespace {namespace} --create-namespace")
