"""render, routes and diff: show what values files would install."""

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
    from ai_server.helm.render import render as rendered
    from ai_server.kube.kubeversion import chosen
    from ai_server.reading.profiles import load

    version = chosen(kube_version)
    objects = rendered(load(files).values, release=release, namespace=namespace, kube_version=version)
    show.yaml_documents(objects)


def routes(files: Files, output: OutputOption = Output.text) -> None:
    """List the models in the API, with their backends and nodes."""
    from ai_server.cli import show
    from ai_server.helm.gateway import pictures
    from ai_server.helm.gateway import routes as routes_of
    from ai_server.helm.render import render as rendered
    from ai_server.helm.swaps import swaps
    from ai_server.reading.profiles import load

    manifests = rendered(load(files).values)
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
    from ai_server.helm.render import render as rendered
    from ai_server.reading.profiles import load

    def objects(names: str) -> Any:
        return rendered(load([Path(name) for name in names.split(",")]).values)

    changes = compare(objects(before), objects(after))
    show.changes(changes, output is Output.json)
    if changes and exit_code:
        raise typer.Exit(1)
