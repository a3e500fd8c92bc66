"""smoke: the command, its table and its JSON."""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ai_server.cli.options import Namespace, Output, OutputOption, ReleaseName
from ai_server.errors import UserError
from ai_server.extras import need

if TYPE_CHECKING:
    from ai_server.smoke.asked import Result
    from ai_server.smoke.gpus import Backend
    from ai_server.smoke.live import Live

WITHOUT_A_CLUSTER = "give --url with --key for an API without a cluster"
KUBECTL_HINT = f"install kubectl, or {WITHOUT_A_CLUSTER}"
COLUMNS = ("first_token_seconds", "tokens_per_second", "prompt_tokens_per_second")


def smoke(
    release: ReleaseName = "ai-server",
    namespace: Namespace = "ai-server",
    url: Annotated[str, typer.Option("--url", help="Ask this address instead of the release on the cluster.")] = "",
    key: Annotated[
        str, typer.Option("--key", help="With --url: the API key; by default, that in OPENAI_API_KEY.")
    ] = "",
    seconds: Annotated[
        float, typer.Option("--timeout-seconds", min=1, help="The longest that one answer may take.")
    ] = 300,
    voice: Annotated[str, typer.Option("--voice", help="The voice that speech is asked for.")] = "af_heart",
    save: Annotated[
        Path | None, typer.Option("--save", help="Also write the results to this file, for --compare.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option("--compare", help="Show what changed since the results in this file.")
    ] = None,
    output: OutputOption = Output.text,
) -> None:
    """Ask a running release for an answer on every route, and measure it.

    Reads the release from the cluster in your kubeconfig, and also tells whether each llama-server runs on its GPU.

    Exit status: 0 every route answers, 1 a route is dead or a llama-server runs on its CPU, 2 the command was misused.
    """
    from ai_server.kube.addresses import server_of
    from ai_server.smoke import compared
    from ai_server.smoke.asked import DEAD, ask_all
    from ai_server.smoke.gpus import judge
    from ai_server.smoke.routes import ask_for_routes, requests, routes_of

    if key and not url:
        raise UserError("--key needs --url", hint="without --url, smoke reads the key from the release's Secret")
    key = key or os.environ.get("OPENAI_API_KEY", "")
    before = compared.read(compare) if compare else []
    server = server_of(url, "--url") if url else ""
    live = None if server else _live(release, namespace)
    with _address(live, server) as address:
        asked = requests().Server(address, (live.key if live else "") or key, seconds, voice)
        if live and (reason := requests().why_not(asked)):
            raise UserError(f"the gateway does not answer: {reason}", code=1)
        routes = routes_of(live.gateway.config["model_list"]) if live else ask_for_routes(asked)
        results = list(ask_all(asked, routes, _progress))
        _progress("")
    backends = [judge(one, live.log(one.pod)) for one in live.servers(results)] if live else []
    changes = list(compared.changes(before, results)) if compare else None
    stopped = live.stopped if live else []
    if output is Output.json:
        print(_as_json(results, backends, changes, stopped), end="")
    else:
        _print(results, backends, changes, stopped)
    if save:
        save.write_text(_as_json(results, backends, None), encoding="utf-8")
    if any(result.state == DEAD for result in results) or any(backend.wrong for backend in backends) or not results:
        raise typer.Exit(1)


def _live(release: str, namespace: str) -> "Live":
    need("live", "smoke")
    from ai_server.smoke.live import read

    return read(release, namespace, otherwise=WITHOUT_A_CLUSTER)


def _address(live: "Live | None", url: str) -> AbstractContextManager[str]:
    """The address of the gateway: what was given, or a forwarded port."""
    if not live:
        return nullcontext(url)
    from ai_server.kube.forward import forwarded

    kubectl = shutil.which("kubectl")
    if not kubectl:
        raise UserError("smoke needs kubectl to reach the gateway", hint=KUBECTL_HINT)
    service, port = live.service
    return forwarded(kubectl, live.kubeconfig, live.namespace, f"service/{service}", port)


def _progress(what: str) -> None:
    """Shows what is being asked, where a person looks."""
    if sys.stderr.isatty():
        print(f"\r\033[K{f'asking {what} ...' if what else ''}", end="", file=sys.stderr, flush=True)


def _as_json(
    results: "Sequence[Result]", backends: "Sequence[Backend]", changes: list[str] | None, stopped: Sequence[str] = ()
) -> str:
    from dataclasses import asdict

    content: dict[str, Any] = {
        "results": [result.as_data for result in results],
        "backends": [asdict(backend) for backend in backends],
        "stopped": list(stopped),
    }
    return json.dumps(content | ({} if changes is None else {"changes": changes}), indent=2) + "\n"


def _print(
    results: "Sequence[Result]", backends: "Sequence[Backend]", changes: list[str] | None, stopped: Sequence[str]
) -> None:
    """Prints a table of the answers, one of the llama-servers, what keeps pods from starting, and what changed."""
    from ai_server.cli.show import print_table
    from ai_server.reading.wording import plural

    rows = [
        (result.state, result.model, result.route, result.request, f"{result.seconds:.1f}", *_measures(result))
        for result in results
    ]
    print_table(["", "model", "route", "request", "s", "first token s", "tokens/s", "prompt tokens/s"], rows)
    for result in results:
        if result.problem:
            print(f"{result.state} {result.route} ({result.request}): {result.problem}")
    if backends:
        print_table(
            ["runs on", "llama-server", "node", "how that is known"],
            [(backend.where, backend.pod, backend.node, backend.reason) for backend in backends],
        )
    for line in [*stopped, *(changes or ())]:
        print(line)
    if changes == []:
        print("nothing changed by a fifth or more")
    dead = sum(result.state == "dead" for result in results)
    wrong = [backend.pod for backend in backends if backend.wrong]
    on_cpu = f", on the CPU instead of the GPU: {', '.join(wrong)}" if wrong else ""
    print(f"{plural(len(results), 'request')}, {dead} dead{on_cpu}")


def _measures(result: "Result") -> list[str]:
    return [f"{result.measured[name]:g}" if name in result.measured else "" for name in COLUMNS]
