"""A trial of the release on this machine: a folder for its chats and keys, and its programs."""

import contextlib
import fcntl
import json
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ai_server.errors import UserError
from ai_server.helm.gateway import gateway_of
from ai_server.helm.render import render
from ai_server.helm.secret import KEYS, new_secret
from ai_server.local import environment, release, small
from ai_server.local.backends import SECRET, SECRET_KEY, Backend
from ai_server.local.container import Process, litellm, openwebui
from ai_server.local.ports import free_port, is_free
from ai_server.local.servers import Servers
from ai_server.local.trial_values import Ports, values_here
from ai_server.progress import progress

PASSWORD, EMAIL = "WEBUI_ADMIN_PASSWORD", "WEBUI_ADMIN_EMAIL"
PASSWORD_LENGTH = 12
SECONDS = 300
SMALL_PORT = 8180
DATA = "/app/backend/data"
"""Where Open WebUI's container has its chats, accounts and uploads."""


@dataclass(frozen=True)
class Addresses:
    """What a person or a script needs to use a trial. account is "" if the values named no administrator when the page
    first started; signed_up is whether the page has accounts of earlier trials; connect is a command that prints the
    settings of an editor, "" without a model to chat with.
    """

    page: str
    account: str
    password: str
    api: str
    key: str
    models: list[str]
    data: str
    logs: str
    signed_up: bool = False
    connect: str = ""
    notes: list[str] = field(default_factory=list)


class Folder:
    """The folder of a trial, which keeps keys, accounts and chats."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / "logs"
        self.page = path / "page"
        self.run = path / "run"

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """Keeps a second trial out, and removes the rendered files at the end. UserError if one is running."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(f"a trial is running already, in {self.path}", hint="stop it with Ctrl-C") from None
            shutil.rmtree(self.run, ignore_errors=True)
            try:
                yield
            finally:
                shutil.rmtree(self.run, ignore_errors=True)

    def forget(self) -> bool:
        """Removes keys, accounts and chats; returns whether there were any."""
        had = self.page.exists() or self._keys.exists()
        shutil.rmtree(self.page, ignore_errors=True)
        self._keys.unlink(missing_ok=True)
        return had

    def keys(self) -> dict[str, str]:
        """The keys of the release: made at first, then kept, because the page's password counts at its first start."""
        if self._keys.is_file():
            with contextlib.suppress(ValueError):
                kept: dict[str, str] = json.loads(self._keys.read_text())
                if kept.keys() >= KEYS.keys():
                    return kept
        keys: dict[str, str] = new_secret()["stringData"]
        keys[PASSWORD] = keys[PASSWORD][:PASSWORD_LENGTH]
        self._keep(keys)
        return keys

    def has_accounts(self) -> bool:
        """Whether somebody has an account of the page, which then creates no administrator any more."""
        database = self.page / "webui.db"
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as accounts,
        ):
            return accounts.execute('SELECT 1 FROM "user" LIMIT 1').fetchone() is not None
        return False

    def account(self, email: str) -> str:
        """The administrator of the page: the kept one if there are accounts, or else this one, which is kept."""
        keys = self.keys()
        if not self.has_accounts():
            keys[EMAIL] = email
            self._keep(keys)
        return keys.get(EMAIL, email)

    def _keep(self, keys: Mapping[str, str]) -> None:
        self._keys.touch(0o600)
        self._keys.write_text(json.dumps(keys, indent=2) + "\n")

    @property
    def _keys(self) -> Path:
        return self.path / "keys.json"


def start(
    servers: Servers,
    folder: Folder,
    values: Mapping[str, Any],
    backends: Sequence[Backend],
    ports: Ports,
    go_ahead: Callable[[], None],
    backend_key: str = "",
    model_server: Process | None = None,
) -> Addresses:
    """Starts the gateway and the page of these values, and first a server of a model, if there is one.

    go_ahead is called once the values are accepted and the programs are installed, before anything is kept or started.
    UserError for values that the chart rejects, and for a program that ends.
    """
    programs = {
        "litellm": litellm(environment.place("litellm")),
        "openwebui": openwebui(environment.place("openwebui")),
    }
    here, notes = values_here(values, backends, ports)
    # before the installation, which takes minutes: what the chart rejects
    manifests = render(here)
    for name in programs:
        environment.python(name)
    _still_free([*([model_server.port] if model_server else []), ports.gateway, ports.page])
    go_ahead()
    keys = folder.keys()
    secrets = {"ai-server-keys": keys, SECRET: {SECRET_KEY: backend_key}}
    processes = release.processes(manifests, programs, folder.run, secrets=secrets, places={DATA: folder.page})
    signed_up, account = folder.has_accounts(), folder.account(processes["openwebui"][0].env.get(EMAIL, ""))
    if model_server:
        with progress(f"start llama-server with {backends[0].name}"):
            servers.start("llama-server", model_server, "/health", SECONDS)
    for name, (process, path) in processes.items():
        with progress(f"start {environment.version(name)}"):
            servers.start(name, process, path, SECONDS)
    notes += release.other_versions(values, {name: environment.version(name) for name in programs})
    api = f"http://localhost:{ports.gateway}/v1"
    modes = gateway_of(manifests.of_kind("ConfigMap")).modes
    own = release.own_containers(manifests)
    return Addresses(
        page=f"http://localhost:{ports.page}",
        account=account,
        password=keys[PASSWORD] if account else "",
        api=api,
        key=keys["LITELLM_MASTER_KEY"],
        models=sorted(modes),
        data=str(folder.path),
        logs=str(folder.logs),
        signed_up=signed_up,
        connect=_connect(api, modes),
        notes=[*notes, *([f"your own containers are left out: {', '.join(own)}"] if own else [])],
    )


def _connect(api: str, modes: Mapping[str, str]) -> str:
    """The command that prints the settings of an editor for the first model to chat with; "" without one."""
    chat = sorted(model for model, mode in modes.items() if mode in ("", "chat") and "*" not in model)
    return shlex.join(["ai-server", "connect", "codex", "--url", api, "--model", chat[0]]) if chat else ""


def _still_free(ports: Iterable[int]) -> None:
    """UserError if something else took a port during the installation."""
    for port in ports:
        if not is_free(port):
            raise UserError(f"port {port} is in use now", hint="run the command again", code=1)


def small_server(folder: Folder, model: Path | None, ports: Ports) -> tuple[Process, Backend]:
    """A llama-server of its own for a model file, or for the one in the cache; UserError without either."""
    return small.process(model, free_port(SMALL_PORT, ports.page, ports.gateway), folder.run / "llama-server")
