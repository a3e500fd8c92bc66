"""try: the gateway and the page of a release on this machine, without a cluster."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ai_server.cli.options import Files, NamedFiles, Output, OutputOption
from ai_server.errors import UserError

if TYPE_CHECKING:
    from ai_server.local.backends import Backend
    from ai_server.local.container import Process
    from ai_server.local.trial import Addresses, Folder
    from ai_server.local.trial_values import Ports

PAGE_PORT, API_PORT = 8080, 4000


def trial(
    named: NamedFiles = None,
    values: Files = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            "--backend",
            metavar="[NAME=]URL",
            help="A server of models: OpenAI's API or an Ollama; with NAME, one model under that name. Repeat it.",
        ),
    ] = None,
    backend_key: Annotated[
        str,
        typer.Option(
            "--backend-key",
            envvar="BACKEND_API_KEY",
            help="The API key that every --backend gets; other users of this machine see options, but not variables.",
        ),
    ] = "",
    model: Annotated[
        Path | None, typer.Option("--model", help="A GGUF file, which llama-server on PATH then serves.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Port of the page; by default, 8080 or the next.")
    ] = None,
    api_port: Annotated[
        int | None, typer.Option("--api-port", min=1, max=65535, help="Port of the API; by default, 4000 or the next.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="First delete the accounts and chats of earlier trials.")
    ] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in your browser.")] = False,
    output: OutputOption = Output.text,
) -> None:
    """Run the API and the chat page on this machine, without a cluster.

    The real programs run as the chart configures them, on this machine only, until Ctrl-C. Models come from --backend,
    --model and litellm.models together; without these three, from an Ollama or llama-server that runs here.

    Exit status: 0 stopped by Ctrl-C or SIGTERM, 130 the same before it was ready, 1 the files have errors, a backend
    lists no models or a program ended, 2 the command was misused.
    """
    if sys.platform == "win32":
        raise UserError("try needs Linux or macOS", hint="use it in the Windows Subsystem for Linux")
    from ai_server.local.servers import Servers
    from ai_server.local.signals import Stopped, signals_stop
    from ai_server.local.trial import Folder, start
    from ai_server.paths import data

    ports = _ports(port, api_port)
    folder, ready = Folder(data() / "try"), False

    def go_ahead() -> None:
        for usual, asked, used, what in (
            (PAGE_PORT, port, ports.page, "page"),
            (API_PORT, api_port, ports.gateway, "API"),
        ):
            if not asked and used != usual:
                print(f"port {usual} is in use, so the {what} gets {used}", file=sys.stderr)
        if fresh and folder.forget():
            print(f"deleted the accounts, chats and keys of earlier trials in {folder.path}", file=sys.stderr)

    with signals_stop():
        try:
            with folder.used():
                wanted = _values([*(values or []), *(named or [])])
                backends, model_server = _backends(folder, backend or [], backend_key, model, wanted, ports)
                servers = Servers(folder.logs)
                try:
                    addresses = start(servers, folder, wanted, backends, ports, go_ahead, backend_key, model_server)
                    _print(addresses, output)
                    ready = True
                    if open_page:
                        import webbrowser

                        webbrowser.open(addresses.page)
                    while True:
                        servers.watch()
                        time.sleep(0.5)
                finally:
                    servers.stop()
        except Stopped:
            # a terminal shows ^C on the line
            print("\nstopped" if sys.stderr.isatty() else "stopped", file=sys.stderr)
            raise typer.Exit(0 if ready else 130) from None


def _ports(page: int | None, api: int | None) -> "Ports":
    """The ports of the options, or else free ones. UserError if one of the options is in use."""
    from ai_server.local.ports import free_port, is_free
    from ai_server.local.trial_values import Ports

    if page and page == api:
        raise UserError(f"--port and --api-port are both {page}", hint="use two ports")
    for option, wanted in (("--port", page), ("--api-port", api)):
        if wanted and not is_free(wanted):
            raise UserError(f"port {wanted} is in use", hint=f"use another {option}, or leave it out for a free one")
    chosen = page or free_port(PAGE_PORT, *([api] if api else []))
    return Ports(api or free_port(API_PORT, chosen), chosen)


def _values(files: list[Path]) -> dict[str, Any]:
    """The values of files, which check accepts; {} without files."""
    if not files:
        return {}
    from ai_server.cli.values import rendered
    from ai_server.reading.profiles import load

    rendered(files)
    return load(files).values


def _backends(
    folder: "Folder", given: list[str], key: str, model: Path | None, values: dict[str, Any], ports: "Ports"
) -> "tuple[list[Backend], Process | None]":
    """The models of the options, besides those of the values; without either, what runs here, or else a small model."""
    from ai_server.local import backends
    from ai_server.local.trial import small_server
    from ai_server.local.trial_values import has_models

    found = backends.given(given, key)
    if not model and not found and not has_models(values):
        found = backends.running()
        if found:
            print(f"found {found[0].url}: {', '.join(backend.name for backend in found)}", file=sys.stderr)
    if model or not (found or has_models(values)):
        process, own = small_server(folder, model, ports)
        return [own, *found], process
    return found, None


def _print(addresses: "Addresses", output: Output) -> None:
    """Prints what is needed to use the trial. JSON is one object, when everything is ready."""
    if output is Output.json:
        print(json.dumps(asdict(addresses), indent=2), flush=True)
        return
    for note in addresses.notes:
        print(note)
    account = [("account", addresses.account), ("password", addresses.password)]
    without = "as in earlier trials" if addresses.signed_up else "whoever signs up first becomes administrator"
    rows = [
        ("chat page", addresses.page),
        *(account if addresses.account else [("account", without)]),
        ("API", addresses.api),
        ("key", addresses.key),
        ("models", ", ".join(addresses.models)),
        *([("editor", addresses.connect)] if addresses.connect else []),
        ("chats", f"{addresses.data} (--fresh deletes them)"),
        ("logs", addresses.logs),
    ]
    for name, value in rows:
        print(f"{name:10} {value}")
    print("Ctrl-C stops everything.", flush=True)
