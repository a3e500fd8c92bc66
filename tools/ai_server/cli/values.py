"""render, routes and diff: show what values files would install."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from ai_server.cli.options import (
    Files,
    KubeVersion,
    Namespace,
    Output,
    OutputOption,
    ReleaseName,
)
from ai_server.errors import UserError


def render(
    files: Files,
    kube_version: KubeVersion = "",
    release: ReleaseName = "ai-server",
    namespace: Namespace = "ai-server",
) -> None:
    """Print the Kubernetes objects that values files render to.

    The objects are sorted. This needs no cluster.
    """
    from ai_server.cli import show
    from ai_server.kube.kubeversion import chosen

    show.yaml_documents(_rendered(files, release=release, namespace=namespace, kube_version=chosen(kube_version)))


def routes(files: Files, output: OutputOption = Output.text) -> None:
    """List the models in the API, with their backends and nodes."""
    from ai_server.cli import show
    from ai_server.helm.gateway import pictures
    from ai_server.helm.gateway import routes as routes_of
    from ai_server.helm.swaps import swaps

    manifests = _rendered(files)
    notes = [*swaps(manifests), pictures(manifests)]
    show.routes(routes_of(manifests), notes, output is Output.json)


def diff(
    before: Annotated[str, typer.Argument(help="Values files, separated by commas: base.yaml,home.yaml.")],
    after: Annotated[str, typer.Argument(help="Values files to compare with, separated by commas.")],
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if they differ.")] = False,
    output: OutputOption = Output.text,
) -> None:
    """Compare the objects of two sets of values files.

    Shows the objects that are added or removed, and the others key by key.
    """
    from ai_server.cli import show
    from ai_server.helm.diff import compare

    def objects(names: str) -> Any:
        return _rendered([Path(name) for name in names.split(",")])

    changes = compare(objects(before), objects(after))
    show.changes(changes, output is Output.json)
    if changes and exit_code:
        raise typer.Exit(1)


def _rendered(files: list[Path], **options: Any) -> Any:
    """The objects that values files render to. If Helm rejects them, prints what check finds instead of Helm's words,
    and exits with 1.
    """
    from ai_server.helm.render import render as rendered
    from ai_server.reading.profiles import load

    try:
        return rendered(load(files).values, **options)
    except UserError as error:
        if error.code != 1:
            raise
        from ai_server import checks
        from ai_server.cli import report

        result = checks.run(files, **options)
        errors = [finding for finding in result.findings if finding.severity == "error"]
        if not errors:
            raise
        with redirect_stdout(sys.stderr):
            report.findings(errors, result, "text", pod_security=False)
        raise typer.Exit(1) from None
