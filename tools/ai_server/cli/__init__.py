"""The ai-server command: arguments and output only."""

import os
import sys
from typing import Annotated

import typer

from ai_server.cli import check, clusters, connect, generate, init, inspect, plan, smoke, trial, values
from ai_server.errors import UserError
from ai_server.reading.textfile import NotYaml

app = typer.Typer(
    name="ai-server",
    help="Validates a values file of the ai-server chart against your nodes, renders it, and runs mocked clusters.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"ai-server {version('ai-server')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of the command itself."""


app.command("init")(init.init)
app.command("check")(check.check)
app.command("plan")(plan.plan)
app.command("discover")(check.discover)
app.command("inspect")(inspect.inspect)
app.command("render")(values.render)
app.command("routes")(values.routes)
app.command("diff")(values.diff)
app.command("connect")(connect.connect)
app.command("smoke")(smoke.smoke)
app.command("generate")(generate.generate)
app.command("schema")(generate.schema)
app.add_typer(generate.secrets, name="secrets")
app.add_typer(clusters.app, name="cluster")
app.command("try")(trial.trial)
app.command("demo")(clusters.demo)
app.command("programs")(clusters.list_programs)


def main() -> None:
    """Runs the command. Errors that the user can fix take a line or two; there is never a traceback."""
    try:
        app()
    except UserError as error:
        print(f"ai-server: {error.message}", file=sys.stderr)
        hint = error.hint
        if isinstance(error, NotYaml):
            from ai_server.checks.core.secrets import Mask

            if error.line.strip():
                print(f"    {Mask().line(error.line, parsed=False)[0]}", file=sys.stderr)
            hint = Mask().hint(hint, error.line)
        if hint:
            print(f"  {hint}", file=sys.stderr)
        sys.exit(error.code)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        # a file that cannot be written, a full disk; errors in reading files are UserErrors
        where = f"{error.filename}: " if error.filename else ""
        print(f"ai-server: {where}{error.strerror or error}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        if os.environ.get("AI_SERVER_TRACEBACK"):
            raise
        print(f"ai-server: internal error: {type(error).__name__}: {error}", file=sys.stderr)
        print("  please report it, with the traceback that AI_SERVER_TRACEBACK=1 prints", file=sys.stderr)
        sys.exit(2)
