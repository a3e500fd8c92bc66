"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ai_server.cli import completion
from ai_server.errors import UserError

if TYPE_CHECKING:
    from ai_server.memory.known import KnownModels

ORDER = "repeat it for several, where the last one wins, as in Helm"

Files = Annotated[list[Path] | None, typer.Option("--values", "-f", help=f"Values file; {ORDER}; - is standard input.")]
NamedFiles = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE]...", help="Values files, as with --values; - is standard input.")
]
CommonFiles = Annotated[
    list[Path] | None, typer.Option("--values", "-f", help=f"Values file that both sides begin with; {ORDER}.")
]
ClusterFile = Annotated[
    Path | None,
    typer.Option("--cluster", help="File with Nodes and classes as a `kind: List`, see values/homelab/cluster.yaml."),
]
ModelsFolder = Annotated[
    Path | None,
    typer.Option("--models", metavar="FOLDER", help="Folder with the model files, as on the nodes: reads their sizes."),
]
FactsFiles = Annotated[
    list[Path] | None,
    typer.Option("--facts", metavar="FILE", help="Facts of model files, as ai-server inspect writes them; repeatable."),
]
ReleaseName = Annotated[str, typer.Option("--release", help="Name of the release.")]
Namespace = Annotated[str, typer.Option("--namespace", "-n", help="Namespace of the release.")]
KubeVersion = Annotated[
    str,
    typer.Option(
        "--kube-version",
        help="Kubernetes version; by default that of the cluster's nodes, else 1.36.3.",
        autocompletion=completion.kube_versions,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a file is overwritten.")]


class Output(StrEnum):
    """Output format: text, or JSON for scripts."""

    text = "text"
    json = "json"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="Output format: text, or json for scripts.")]


def given(command: str, values: list[Path] | None, named: list[Path] | None, otherwise: str = "") -> list[Path]:
    """The values files of a command, in order; UserError if there is none. otherwise: what works without a file."""
    files = [*(values or []), *(named or [])]
    if not files:
        hint = f"name it: ai-server {command} my.yaml, or with --values as for Helm; ai-server init writes a first one"
        raise UserError("no values file was given", hint="; ".join(filter(None, [hint, otherwise])))
    return files


def known_models(folder: Path | None, files: list[Path] | None) -> "KnownModels":
    """What --models and --facts tell about model files; UserError for a folder that is missing or a broken file."""
    from ai_server.memory.known import KnownModels

    if folder and not folder.is_dir():
        raise UserError(f"--models {folder}: there is no such folder", hint="name the folder with the model files")
    if not files:
        return KnownModels(folder)
    from ai_server.memory.facts_file import Facts, load

    facts = Facts()
    for file in files:
        facts |= load(file)
    return KnownModels(folder, facts)
