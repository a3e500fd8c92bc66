"""generate, schema and secrets: the files that the models define, and new keys for a release."""

from pathlib import Path
from typing import Annotated

import typer

from ai_server.cli.options import Namespace, ReleaseName, Yes
from ai_server.extras import need

secrets = typer.Typer(help="Create the keys of a release.", no_args_is_help=True)


def generate(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if a file is stale.")] = False,
) -> None:
    """Update all files that are generated from the typed models.

    These include values.yaml, values.schema.json and docs/values.md.
    """
    from ai_server.paths import REPOSITORY, only_in_a_clone

    only_in_a_clone("generate")
    need("dev", "generate")
    from ai_server.generate import stale, write

    paths = stale() if check else write()
    for path in paths:
        print(f"{'stale' if check else 'wrote'} {path.relative_to(REPOSITORY)}")
    if check and paths:
        typer.echo("run `ai-server generate` to update them", err=True)
        raise typer.Exit(1)


def schema(
    file: Annotated[Path | None, typer.Argument(help="File to write; by default, print to stdout.")] = None,
    yes: Yes = False,
) -> None:
    """Print the schema for editors.

    With it, an editor completes and explains keys as you type. It finds the schema through the first line
    of the values: # yaml-language-server: $schema=FILE
    """
    from ai_server.checks.engine.chart_schema import editor_text

    if file is None:
        print(editor_text(), end="")
        return
    from ai_server.cli.asking import write

    write(file, editor_text(), yes=yes)
    typer.echo(f"wrote {file}; the first line of the values: # yaml-language-server: $schema={file}", err=True)


@secrets.command("new")
def new(
    release: ReleaseName = "ai-server",
    namespace: Namespace = "ai-server",
    name: Annotated[str, typer.Option("--name", help="Name of the Secret, for global.existingSecret.")] = "",
) -> None:
    """Print a Secret with new random keys.

    It is for Argo CD, Flux and helm template, which must not create random keys themselves.
    """
    from ai_server.cli import show
    from ai_server.helm.secret import new_secret

    show.yaml_documents([new_secret(release, namespace, name)])
