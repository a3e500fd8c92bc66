"""connect: prints the settings of a client for the release of values files."""

import json
import sys
from typing import Annotated

import typer

from ai_server.cli import completion
from ai_server.cli.options import Files, NamedFiles, Namespace, Output, OutputOption, ReleaseName, given
from ai_server.errors import UserError

PLACEHOLDER = "sk-..."
KEY_OF_AN_API = "the key that ai-server try prints, or that of the API; any text if the API asks for none"


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

    They have the address, a model that suits and its context. The key stays in its Secret. With --url and --model, no
    values file is needed, such as for ai-server try.

    Exit status: 0 printed, 1 the files have errors or serve no chat model, 2 the command was misused.
    """
    from ai_server.cli.values import rendered
    from ai_server.connect.clients import client
    from ai_server.connect.release import Address, Model, address, best, chosen, doubts, key_command, models
    from ai_server.kube.addresses import server_of

    of = client(name)
    at = Address(server_of(url, "--url")) if url else None
    if at and not (values or named):
        if not model and of.names_model:
            hint = f"add --model with a name that {at.url}/models lists, or a values file"
            raise UserError("no model was named", hint=hint)
        where, command, known = at, "", [Model(model, "chat", 0, None)]
    else:
        files = given("connect CLIENT", values, named, otherwise="for any other API, give --url and --model")
        manifests = rendered(files, release=release, namespace=namespace)
        where, command = at or address(manifests, namespace), key_command(manifests, namespace)
        known = models(manifests, namespace)
    talks_to = chosen(known, model, agent=of.agent)
    key = f"$({command})" if command else PLACEHOLDER
    text = of.settings(
        address=where,
        key=key if of.language == "sh" else PLACEHOLDER,
        model=talks_to,
        embedding=best(known, "embedding"),
    )
    exports = [f"export {name}={where.url if name.endswith('URL') else key}" for name in of.variables]
    notes = [where.how, *doubts(talks_to, agent=of.agent), of.assumed(talks_to)]
    if PLACEHOLDER in "".join([text, *exports]):
        notes.insert(0, f"for {PLACEHOLDER}: {command or KEY_OF_AN_API}")
    if output is Output.json:
        data = {"client": name, "file": of.file, "text": text, "model": talks_to.name, "url": where.url}
        print(json.dumps({**data, "key": command, "notes": [note for note in notes if note]}, indent=2))
        return
    # what belongs into the file goes to stdout, so that it can be piped
    _say(of.file and f"{of.title}: add this to {of.file}", of.install)
    print(text, end="")
    _say(*exports)
    _say(*notes)


def _say(*lines: str) -> None:
    for line in filter(None, lines):
        print(line, file=sys.stderr)
