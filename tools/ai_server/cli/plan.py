"""plan: the memory of each node, and what a release takes of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ai_server.cli.cluster_file import file_or_live
from ai_server.cli.garbage import collect_seldom
from ai_server.cli.options import (
    ClusterFile,
    FactsFiles,
    Files,
    ModelsFolder,
    NamedFiles,
    Namespace,
    Output,
    OutputOption,
    ReleaseName,
    Yes,
    given,
    known_models,
)
from ai_server.errors import UserError
from ai_server.reading.textfile import STANDARD_INPUT

if TYPE_CHECKING:
    from ai_server.checks.engine.planned import Planned
    from ai_server.memory.known import KnownModels
    from ai_server.memory.plan import NodePlan

WITHOUT_NODES = "name the nodes with --cluster FILE, or use --live; ai-server discover writes such a file"


def plan(
    named: NamedFiles = None,
    values: Files = None,
    cluster: ClusterFile = None,
    live: Annotated[bool, typer.Option("--live", help="Plan for the nodes of the cluster in your kubeconfig.")] = False,
    models: ModelsFolder = None,
    facts: FactsFiles = None,
    read_models: Annotated[
        bool,
        typer.Option(
            "--read-models", help="With --live: read the model files on each node, in a short-lived read-only pod."
        ),
    ] = False,
    image: Annotated[
        str, typer.Option("--image", help="With --read-models: an image with python3; by default, that of LiteLLM.")
    ] = "",
    terms: Annotated[bool, typer.Option("--terms", help="Also show each amount with its source.")] = False,
    compare: Annotated[
        list[Path] | None,
        typer.Option("--compare", metavar="FILE", help="Show the plan of these values files next to it."),
    ] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write the picture to this file.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page with picture and table to this file.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the planned memory requests into the values files.")
    ] = False,
    yes: Yes = False,
    release: ReleaseName = "ai-server",
    namespace: Namespace = "ai-server",
    output: OutputOption = Output.text,
) -> None:
    """Show whether the models fit into the memory of each node.

    Sizes come from the model files (--models, --facts or --read-models), else from what is known about models with
    such names. Without a cluster's nodes there is no limit to compare with.

    Exit status: 0 all nodes have room, or it is not known; 1 a node does not (with --compare: by those values), a
    program has no node, a model file that --models or --facts describes is missing or broken, or the values have
    errors; 2 the command was misused.
    """
    files = given("plan", values, named)
    if write and compare:
        raise UserError("--write and --compare were both given", hint="first compare, then write")
    if write and STANDARD_INPUT in files:
        raise UserError("--write cannot write to standard input", hint="name the file")
    if svg and svg == html:
        raise UserError(f"--svg and --html both name {svg}", hint="give each its own file")
    if image and not read_models:
        raise UserError("--image needs --read-models", hint="it is the image of the pods that read the models")
    if read_models and not live:
        raise UserError("--read-models needs --live", hint="on a node itself, ai-server inspect writes a facts file")
    collect_seldom(files)
    nodes = file_or_live(cluster, live=live, namespace=namespace, command="plan", otherwise=WITHOUT_NODES)
    known = known_models(models, facts)

    def planned(of: list[Path], known: "KnownModels" = known) -> "Planned":
        from ai_server.checks.engine import planned

        return planned.plan(of, nodes, known, release=release, namespace=namespace)

    result = planned(files)
    if read_models:
        known = models_on_nodes(result, known, namespace=namespace, image=image)
        result = planned(files, known)
    other = planned(compare) if compare else None
    last = other or result
    for sentence in last.nowhere:
        typer.echo(f"not planned: {sentence}", err=True)
    troubles = dict.fromkeys((*result.troubles, *(other.troubles if other else ())))
    for trouble in troubles:
        key, fix = f"{trouble.key}: " if trouble.key else "", f"; {trouble.fix}" if trouble.fix else ""
        typer.echo(f"{trouble.where}{key}{trouble.message}{fix}", err=True)
    show(result, other, known, output=output, terms=terms, svg=svg, html=html, yes=yes)
    if write:
        from ai_server.cli.plans.write import write_requests

        write_requests(files, result.changes, result.mask, yes=yes)
        for sentence in result.unwritten:
            typer.echo(f"not written: {sentence}", err=True)
    broken = last.nowhere or any(trouble.severity == "error" for trouble in troubles)
    if broken or any(plan.verdict == "does not fit" for plan in last.plans):
        raise typer.Exit(1)


def models_on_nodes(result: "Planned", known: "KnownModels", *, namespace: str, image: str) -> "KnownModels":
    """What is known, with the facts of the files on the nodes that a plan reads; says what could not be read there."""
    from dataclasses import replace

    from ai_server.cli.inspect_live import inspect_on_nodes
    from ai_server.kube.live import api_client
    from ai_server.kube.node_run import Run
    from ai_server.progress import progress

    if not (image := image or result.image):
        raise UserError("no image with python3 is known", hint="name one: --image IMAGE")
    api, by_node = api_client(), dict(known.by_node)
    with progress("read the model files on the nodes"):
        for folder in dict.fromkeys(folder for folder, _ in result.files.values()):
            of_folder = {node: files for node, (own, files) in result.files.items() if own == folder}
            by_node |= inspect_on_nodes(api, of_folder, Run(image, namespace, folder))
    for node, facts in by_node.items():
        for file, problem in facts.errors.items():
            typer.echo(f"node {node}: {file + ': ' if file else ''}{problem}", err=True)
    return replace(known, by_node=by_node)


def show(
    result: "Planned",
    other: "Planned | None",
    known: "KnownModels",
    *,
    output: Output,
    terms: bool,
    svg: Path | None,
    html: Path | None,
    yes: bool,
) -> None:
    """Prints the plans of a result, next to those of another one if there is one, and writes their pictures."""
    before, after = result.plans, other.plans if other else []
    if svg or html:
        draw(before, after if other else None, svg, html, yes=yes)
    if output is Output.json:
        from ai_server.cli.plans import as_json, compare_text

        print(compare_text.compared_json(before, after) if other else as_json.as_json(before))
        return
    from rich.console import Console

    console = Console(highlight=False)
    if other:
        from ai_server.cli.plans.compare_text import compared_text

        compared_text(before, after, console)
        return
    from ai_server.cli.plans.text import text

    text(before, console, terms=terms)
    for sentence in guesses(result, known):
        print(sentence)


def draw(
    plans: "Sequence[NodePlan]", others: "Sequence[NodePlan] | None", svg: Path | None, html: Path | None, *, yes: bool
) -> None:
    """Writes the pictures of plans, next to other plans if there are any."""
    from ai_server.cli.plans import compare_picture, page, picture

    if svg:
        drawn = picture.svg(plans) if others is None else compare_picture.compared_svg(plans, others)
        write_picture(svg, drawn, "<svg", yes=yes)
    if html:
        drawn = page.html(plans) if others is None else compare_picture.compared_html(plans, others)
        write_picture(html, drawn, "<!doctype html", yes=yes)


def write_picture(file: Path, text: str, start: str, *, yes: bool) -> None:
    """Writes a picture; asks before it replaces something that does not start as such a picture does."""
    from ai_server.cli.asking import may_write

    if file.is_file() and not file.read_bytes().lower().startswith(start.encode()):
        may_write(file, yes=yes)
    file.write_text(text, encoding="utf-8")


def guesses(result: "Planned", known: "KnownModels") -> Iterator[str]:
    """What to do about models whose files were not read: what was not used already."""
    ways = [] if known.folder else ["--models FOLDER"]
    node = f"{'a' if known.facts else 'the'} node with the files"
    how = ", or ".join([*ways, f"--facts FILE of ai-server inspect on {node}"])
    if result.guessed:
        yield f"known by name only: {', '.join(result.guessed)}; to read the files, use {how}"
    if result.unheard:
        names = ", ".join(result.unheard)
        yield f"nothing is known about {names}, whose requests are shown; to read the files, use {how}"
