"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Files = Annotated[
    list[Path],
    typer.Option("--values", "-f", help="Values file; repeat it for several, where the last one wins, as in Helm."),
]
ClusterFile = Annotated[
    Path | None,
    typer.Option("--cluster", help="File with Nodes and classes as a `kind: List`, see values/homelab/cluster.yaml."),
]
ReleaseName = Annotated[str, typer.Option("--release", help="Name of the release.")]
Namespace = Annotated[str, typer.Option("--namespace", "-n", help="Namespace of the release.")]
KubeVersion = Annotated[
    str,
    typer.Option("--kube-version", help="Kubernetes version; by default that of the cluster's nodes, else 1.36.3."),
]


class Output(StrEnum):
    """Output format: text, or JSON for scripts."""

    text = "text"
    json = "json"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="Output format: text, or json for scripts.")]
