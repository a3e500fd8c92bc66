"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Files = Annotated[
    list[Path],
    typer.Option("--values", "-f", help="A values file; may be given again, the later wins, as with Helm."),
]
ClusterFile = Annotated[
    Path | None,
    typer.Option("--cluster", help="A `kind: List` of Nodes and classes: values/homelab/cluster.yaml."),
]
ReleaseName = Annotated[str, typer.Option("--release", help="The release's name.")]
Namespace = Annotated[str, typer.Option("--namespace", "-n", help="The release's namespace.")]
KubeVersion = Annotated[
    str,
    typer.Option("--kube-version", help="The Kubernetes version; without it that of the cluster's nodes, or 1.36.3."),
]


class Output(StrEnum):
    """For people, or for machines."""

    text = "text"
    json = "json"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="text for people, json for machines.")]
