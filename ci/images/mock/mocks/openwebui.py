"""Open WebUI as facts of 2026-11-23 tell it: its administrator, its models by way of the gateway, its database.

- /health is public at once; sign-up is refused (403) where ENABLE_SIGNUP is false; the rest wants a session (401).
- Only the models that OPENAI_API_CONFIGS names are listed; a gateway that cannot be reached gives an empty list.
- Chats are kept in DATA_DIR/webui.db; the process ends when it cannot write there.
"""

import hashlib
import hmac
import json
import os
import sqlite3
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from mocks import faults
from mocks.flags import tell_unknown_variables, version
from mocks.server import App, Refusal, Request, serve

lock = threading.Lock()


def main() -> None:
    """PORT, DATA_DIR and the rest from the environment."""
    tell_unknown_variables("openwebui")
    if not os.environ.get("WEBUI_SECRET_KEY"):
        sys.exit("ValueError: WEBUI_SECRET_KEY is required")
    faults.at_start()
    folder = Path(os.environ.get("DATA_DIR", "/app/backend/data"))
    try:
        database = sqlite3.connect(folder / "webui.db", check_same_thread=False)
        database.execute("create table if not exists chat (id integer primary key, title text)")
        database.commit()
    except sqlite3.Error as error:
        sys.exit(f"sqlite3.OperationalError: {folder}/webui.db: {error}")
    serve(app(database), "0.0.0.0", int(os.environ.get("PORT", "8080")))


def token() -> str:
    """The session of the administrator, signed with WEBUI_SECRET_KEY."""
    secret = os.environ["WEBUI_SECRET_KEY"].encode()
    return hmac.new(secret, os.environ.get("WEBUI_ADMIN_EMAIL", "").encode(), hashlib.sha256).hexdigest()


def app(database: sqlite3.Connection) -> App:
    """The server's routes."""
    public = ("/", "/health", "/ready", "/api/config", "/api/v1/auths/signin", "/api/v1/auths/signup")
    made = App(key=token(), public=public, refused=Refusal(401, {"detail": "Not authenticated"}))
    made.on("GET", "/")(lambda _: ("text/html", b"<title>Open WebUI</title>"))
    made.on("GET", "/health")(lambda _: {"status": True})
    made.on("GET", "/ready")(lambda _: {"status": True})
    made.on("GET", "/api/config")(lambda _: {"name": "Open WebUI", "version": version("openwebui")})
    made.on("POST", "/api/v1/auths/signin")(_sign_in)
    made.on("POST", "/api/v1/auths/signup")(_sign_up)
    made.on("GET", "/api/models")(lambda _: {"data": _models()})
    made.on("POST", "/api/chat/completions")(_chat)
    made.on("GET", "/api/v1/chats/")(lambda _: _chats(database))
    made.on("POST", "/api/v1/chats/new")(lambda request: _keep(database, request))
    return made


def _sign_in(request: Request) -> dict:
    body = request.json()
    right = os.environ.get("WEBUI_ADMIN_EMAIL"), os.environ.get("WEBUI_ADMIN_PASSWORD")
    if (body.get("email"), body.get("password")) != right:
        raise Refusal(400, {"detail": "The email or password provided is incorrect."})
    return {"token": token(), "role": "admin"}


def _sign_up(_: Request) -> dict:
    if os.environ.get("ENABLE_SIGNUP") == "true":
        return {"token": token(), "role": "pending"}
    raise Refusal(403, {"detail": "You do not have permission to access this resource."})


def _gateway(path: str, body: bytes | None = None) -> urllib.request.Request:
    headers = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "Content-Type": "application/json"}
    return urllib.request.Request(os.environ["OPENAI_API_BASE_URL"] + path, body, headers)


def _models() -> list[dict]:
    wanted = json.loads(os.environ.get("OPENAI_API_CONFIGS", "{}")).get("0", {}).get("model_ids", [])
    try:
        with urllib.request.urlopen(_gateway("/models"), timeout=10) as answer:
            return [each for each in json.load(answer)["data"] if not wanted or each["id"] in wanted]
    except OSError:
        return []


def _chat(request: Request) -> object:
    try:
        answer = urllib.request.urlopen(_gateway("/chat/completions", request.body), timeout=120)
    except urllib.error.HTTPError as error:
        raise Refusal(error.code, json.loads(error.read() or b"{}")) from None
    except OSError as error:
        raise Refusal(500, {"detail": f"Open WebUI: Server Connection Error ({error})"}) from None
    return _lines(answer) if request.json().get("stream") else json.load(answer)


def _lines(answer: object) -> Iterator[str]:
    with answer:
        for line in answer:
            yield line.decode()


def _chats(database: sqlite3.Connection) -> list[dict]:
    with lock:
        return [{"id": number, "title": title} for number, title in database.execute("select id, title from chat")]


def _keep(database: sqlite3.Connection, request: Request) -> dict:
    title = str((request.json().get("chat") or {}).get("title", ""))
    try:
        with lock, database:
            number = database.execute("insert into chat (title) values (?)", (title,)).lastrowid
    except sqlite3.Error as error:
        raise Refusal(500, {"detail": str(error)}) from None
    return {"id": number, "title": title}
