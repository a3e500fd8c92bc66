"""cluster, demo and programs: mocked clusters on this machine."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ai_server.cli import completion
from ai_server.cli.options import Output, OutputOption
from ai_server.errors import UserError
from ai_server.extras import need
from ai_server.paths import only_in_a_clone

app = typer.Typer(help="Run clusters with mocked GPU nodes, with kwok or kind.", no_args_is_help=True)

Name = Annotated[str, typer.Option("--name", help="Name of the cluster.")]
Backend = Annotated[
    str,
    typer.Option(
        "--backend",
        help="kwok (simulated nodes), kind (real containers), or existing (--kubeconfig).",
        autocompletion=completion.backends,
    ),
]
ItsBackend = Annotated[
    str,
    typer.Option(
        "--backend",
        help="kwok, kind or existing; by default, the one that has a cluster of that name.",
        autocompletion=completion.backends,
    ),
]
Kubeconfig = Annotated[
    str, typer.Option("--kubeconfig", help="With --backend existing: kubeconfig file of the cluster.")
]


class PageKind(StrEnum):
    """Which page a demo on kind has."""

    real = "real"
    mock = "mock"


def _must_be_here(backend: str) -> None:
    """Mocked clusters need programs and images whose recipes are only in the repository."""
    if backend != "existing":
        only_in_a_clone(f"a {backend} cluster" if backend else "cluster")
    need("lab", "cluster")


@app.command()
def up(
    cluster: Annotated[
        Path, typer.Option("--cluster", help="File with the nodes and classes, such as values/homelab/cluster.yaml.")
    ],
    name: Name = "ai-server",
    backend: Backend = "kwok",
    only: Annotated[str, typer.Option("--only", help="Start only these nodes, such as aimax,thor,rpi2.")] = "",
    image: Annotated[str, typer.Option("--image", help="With kind: the node image; by default, one is built.")] = "",
    models: Annotated[str, typer.Option("--models", help="With kind: the folder to mount as /data/ai-models.")] = "",
    policies: Annotated[
        bool, typer.Option("--network-policies", help="With kind: enforce the NetworkPolicies that exist now.")
    ] = False,
    kubeconfig: Kubeconfig = "",
) -> None:
    """Start a cluster with the nodes in a file.

    If the cluster is running already, it is updated to match the file.
    """
    _must_be_here(backend)
    from ai_server.kube.cluster_facts import read_facts
    from ai_server.lab.clusters import cluster as of
    from ai_server.progress import progress

    made = of(name, backend, image=image, models=models, kubeconfig=kubeconfig)
    facts = read_facts(cluster).only([node for node in only.split(",") if node])
    with progress(f"cluster {name}"):
        made.up(facts)
    if policies:
        if backend != "kind":
            raise UserError(f"{backend} does not support --network-policies")
        from ai_server.lab.clusters.kind_config import nodes_of
        from ai_server.lab.clusters.policies import enforce

        print(f"{enforce(made.kubeconfig, nodes_of(name))} NetworkPolicies are enforced", file=sys.stderr)
    print(f"export KUBECONFIG={made.kubeconfig}")


@app.command()
def down(name: Name = "ai-server", backend: ItsBackend = "") -> None:
    """Remove a cluster and all its data."""
    _must_be_here(backend)
    from ai_server.lab.clusters import backends_of
    from ai_server.lab.clusters import cluster as of

    removed = [of(name, kind).down() for kind in ([backend] if backend else backends_of(name))]
    print(f"cluster {name} removed" if any(removed) else f"there is no cluster {name}")


@app.command()
def status(
    name: Name = "ai-server", backend: ItsBackend = "", kubeconfig: Kubeconfig = "", output: OutputOption = Output.text
) -> None:
    """Show whether a cluster is running, and its nodes.

    Exit status: 0 it is running, 1 it is not.
    """
    backend = backend or ("existing" if kubeconfig else "")
    _must_be_here(backend)
    from ai_server.cli import show
    from ai_server.kube.cluster_facts import live_facts
    from ai_server.lab.clusters import MOCKED, backends_of
    from ai_server.lab.clusters import cluster as of

    backend = backend or next(iter([*backends_of(name), *MOCKED]))
    made = of(name, backend, kubeconfig=kubeconfig)
    is_up = made.is_up()
    facts = live_facts(str(made.kubeconfig)) if is_up else None
    show.cluster_status(name, backend, str(made.kubeconfig), facts, output is Output.json)
    if not is_up:
        raise typer.Exit(1)


def demo(
    profile: Annotated[
        str, typer.Option("--profile", help="Folder below values/.", autocompletion=completion.profiles)
    ] = "homelab",
    backend: Annotated[
        str, typer.Option("--backend", help="kind, kwok, or auto, which is kind if it can run here.")
    ] = "auto",
    page: Annotated[
        PageKind, typer.Option("--page", help="With kind: Open WebUI itself, or its quick mock.")
    ] = PageKind.real,
    down: Annotated[bool, typer.Option("--down", help="Remove the demo's cluster instead.")] = False,
) -> None:
    """Install the chart on a mocked cluster, ask it a question, and open its page.

    Shows what runs where, and on kind the address, the account and a picture of the page. A second run upgrades the
    release in place.
    """
    only_in_a_clone("demo")
    need("lab", "demo")
    from ai_server.cli import show_demo
    from ai_server.lab import demo as demonstration

    if down:
        print("the demo's cluster is removed" if demonstration.down() else "there is no demo to remove")
        return
    seen = demonstration.run(profile, backend, real_page=page is PageKind.real)
    show_demo.demo(seen)
    if seen.dead:
        raise UserError(f"no ready endpoint behind: {', '.join(seen.dead)}", code=1)


def list_programs(
    build: Annotated[bool, typer.Option("--build", help="Download or build the missing programs.")] = False,
    output: OutputOption = Output.text,
) -> None:
    """List the programs that demo and tests use.

    Each comes from PATH, a download or a build, or is missing.
    """
    only_in_a_clone("programs")
    need("lab", "programs")
    from ai_server.cli import show
    from ai_server.lab import programs

    if build:
        programs.ensure(programs.pins())
    show.programs([programs.locate(name) for name in programs.pins()], output is Output.json)
