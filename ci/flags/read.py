"""Reads the flags and variables of a program from the program itself into tools/ai_server/checks/facts/<program>.toml.

    .venv/bin/python ci/flags/read.py vllm            # updates the file
    .venv/bin/python ci/flags/read.py vllm --check    # changes nothing; exits with 1 if it differs, 2 if unreadable
    .venv/bin/python ci/flags/read.py llama-server --binary /usr/bin/llama-server   # reads another binary

The version is that of the chart's default image. The first time, AI_SERVER_VLLM=1 installs vLLM (6 GB) and
AI_SERVER_LLAMA=1 builds llama-server (12 minutes and a C++ compiler), both in the cache folder. No package index has
ComfyUI and Speaches: their files are maintained by hand, from their sources.
"""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from from_help import llama_server
from from_wheel import litellm, openwebui, vllm
from wheel import NotInstalledError
from write import FLAGS, same, toml

READERS: dict[str, Callable[[], dict[str, Any]]] = {
    "llama-server": llama_server,
    "vllm": vllm,
    "litellm": litellm,
    "openwebui": openwebui,
}


def main(
    program: Annotated[str, typer.Argument(help=f"One of {', '.join(READERS)}.")],
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if the file differs.")] = False,
    binary: Annotated[Path | None, typer.Option(help="llama-server: this one, whatever its build.")] = None,
) -> None:
    """Read the flags of a program, and update its file or compare with it."""
    if program not in READERS:
        typer.echo(f"{program} cannot be read: choose from {', '.join(READERS)}", err=True)
        raise typer.Exit(2)
    file = FLAGS / f"{program}.toml"
    try:
        data = llama_server(binary) if program == "llama-server" else READERS[program]()
    except NotInstalledError as error:
        typer.echo(f"cannot read the flags of {program}: {error}", err=True)
        raise typer.Exit(2) from None
    if same(file, data):
        typer.echo(f"{file.name} is what {program} {data['version']} says")
    elif check:
        typer.echo(f"{file.name} is not what {program} {data['version']} says", err=True)
        raise typer.Exit(1)
    else:
        today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        file.write_text(toml({**data, "source": f"{data['source']}, read {today}"}))
        typer.echo(f"wrote {file.name}")


if __name__ == "__main__":
    typer.run(main)
