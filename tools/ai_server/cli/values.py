"""render, routes and diff: show what values files would install."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from ai_server.cli.options import (
    CommonFiles,
    Files,
    KubeVersion,
    NamedFiles,
    Namespace,
    Output,
    OutputOption,
    ReleaseName,
    given,
)
from ai_server.errors import UserError

FORMS = "ai-server diff OLD NEW, or ai-server diff -f my.yaml CHANGE"


def render(
    named: NamedFiles = None,
    values: Files = None,
    kube_version: KubeVersion = "",
    release: ReleaseName = "ai-server",
    namespace: Namespace = "ai-server",
) -> None:
    """Print the Kubernetes objects that values files render to.

    The objects are sorted. This needs no cluster.

    Exit status: 0 printed, 1 the files have errors, 2 the command was misused.
    """
    from ai_server.cli import show
    from ai_server.kube.kubeversion import chosen
    from ai_server.kube.names import must_be_valid

    files = given("render", values, named)
    must_be_valid("--release", release)
    must_be_valid("--namespace", namespace)
    show.yaml_documents(rendered(files, release=release, namespace=namespace, kube_version=chosen(kube_version)))


def routes(named: NamedFiles = None, values: Files = None, output: OutputOption = Output.text) -> None:
    """List the models in the API, and what serves them.

    Shows backends, nodes, fallbacks, aliases and models elsewhere.

    Exit status: 0 printed, 1 the files have errors, 2 the command was misused.
    """
    from ai_server.cli import show
    from ai_server.helm.gateway import gateway_of, pictures
    from ai_server.helm.gateway import routes as routes_of
    from ai_server.helm.swaps import swaps

    manifests = rendered(given("routes", values, named))
    gateway = gateway_of(manifests.of_kind("ConfigMap"))
    notes = [*gateway.sentences(), *swaps(manifests), pictures(manifests)]
    show.routes(routes_of(manifests), gateway, notes, output is Output.json)


def diff(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="[OLD] NEW",
            help="Values files to compare; several for one side are separated by commas: base.yaml,home.yaml.",
        ),
    ],
    values: CommonFiles = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 if they differ, and with 2 if a file has errors.")
    ] = False,
    output: OutputOption = Output.text,
) -> None:
    """Compare the objects of two sets of values files.

    Shows the objects that are added or removed, the others key by key, which pods restart, and what is away meanwhile.
    With one argument, shows what it changes if it is merged over the files of -f.

    Exit status: 0 compared, 1 a file has errors, 2 the command was misused. With --exit-code, as diff: 0 they are the
    same, 1 they differ, 2 they could not be compared.
    """
    from ai_server.cli import show
    from ai_server.helm.diff import compare
    from ai_server.helm.restarts import effects

    common = values or []
    if len(sets) > 2 or (len(sets) == 1 and not common):
        wrong = "more than two sets of values files" if len(sets) > 2 else "only one set of values files"
        hint = f"use {FORMS}; separate several files of one side by commas"
        raise UserError(f"diff was given {wrong}", hint=hint)
    before, after = (
        rendered([*common, *map(Path, files.split(",") if files else [])], rejected=2 if exit_code else 1)
        for files in (sets if len(sets) == 2 else ["", *sets])
    )
    changes = compare(before, after)
    show.changes(changes, list(effects(before, after)) if changes else [], output is Output.json)
    if changes and exit_code:
        raise typer.Exit(1)


def rendered(files: list[Path], *, rejected: int = 1, **options: Any) -> Any:
    """The objects that values files render to. If that fails, prints what check finds instead, and exits with
    `rejected`.
    """
    from ai_server.helm.render import render as rendered
    from ai_server.reading.profiles import load

    try:
        return rendered(load(files).values, **options)
    except UserError:
        from ai_server import checks
        from ai_server.cli import report

        result = checks.run(files, **options)
        if result.error:
            raise result.error from None
        errors = [finding for finding in result.findings if finding.severity == "error"]
        if not errors:
            raise
        with redirect_stdout(sys.stderr):
            report.findings(errors, result, "text", pod_security=False)
        raise typer.Exit(rejected) from None
