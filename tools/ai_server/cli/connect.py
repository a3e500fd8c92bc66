"""connect: prints the settings of a client for the release of values files."""

import json
import sys
from typing import Annotated

import typer

from ai_server.cli import completion
from ai_server.cli.options import Files, NamedFiles, Namespace, Output, OutputOption, ReleaseName, given


def connect(
    name: Annotated[
        str,
        typer.Argument(
            metavar="CLIENT", help="Such as codex; a wrong name lists them all.", autocompletion=completion.clients
        ),
    ],
    named: NamedFiles = None,
    values: Files = None,
    model: Annotated[str, typer.Option("--model", help="The chat model; by default, the one that suits best.")] = "",
    url: Annotated[str, typer.Option("--url", help="The address of the API; by default, that of the values.")] = "",
    release: ReleaseName = "ai-server",
    namespace: Namespace = "ai-server",
    output: OutputOption = Output.text,
) -> None:
    """Print the settings of a client: curl, an editor, an agent, Home Assistant.

    They have the address, a model that suits and its context. The key stays in its Secret.

    Exit status: 0 printed, 1 the files have errors or serve no chat model, 2 the command was misused.
    """
    from ai_server.cli.values import rendered
    from ai_server.connect.clients import client
    from ai_server.connect.release import Address, address, best, chosen, doubts, key_command, models

    of = client(name)
    manifests = rendered(given("connect CLIENT", values, named), release=release, namespace=namespace)
    where = Address(url.rstrip("/").removesuffix("/v1")) if url else address(manifests, namespace)
    known = models(manifests, namespace)
    talks_to = chosen(known, model, agent=of.agent)
    command = key_command(manifests, namespace)
    key = f"$({command})" if of.language == "sh" else "sk-..."
    text = of.settings(address=where, key=key, model=talks_to, embedding=best(known, "embedding"))
    notes = [where.how, *doubts(talks_to, agent=of.agent)]
    if output is Output.json:
        data = {"client": name, "file": of.file, "text": text, "model": talks_to.name, "url": where.url}
        print(json.dumps({**data, "key": command, "notes": [note for note in notes if note]}, indent=2))
        return
    # what belongs into the file goes to stdout, so that `> FILE` works
    _say(of.file and f"{of.title}: put this into {of.file}", of.install)
    print(text, end="")
    for variable in of.variables:
        _say(f"export {variable}={where.url}" if variable.endswith("URL") else f"export {variable}=$({command})")
    if "sk-..." in text:
        _say(f"for sk-...: {command}")
    _say(*notes)


def _say(*lines: str) -> None:
    for line in filter(None, lines):
        print(line, file=sys.stderr)
