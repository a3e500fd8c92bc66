"""A mock of Open WebUI as documented on 2026-11-23: its administrator, its models from the gateway, its database.

- /health is public at once; sign-up is refused (403) if ENABLE_SIGNUP is false; other paths need a session (401).
- Only the models in OPENAI_API_CONFIGS are listed; if the gateway cannot be reached, the list is empty.
- Chats are stored in DATA_DIR/mock-webui.db, next to what Open WebUI itself may have there; the process exits if it
  cannot write there.
"""

import hashlib
import hmac
import json
import os
import sqlite3
import sys
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from mocks import faults
from mocks.flags import tell_unknown_variables, version
from mocks.server import Refusal, answers, application, json_of, page, serve, stream


def main() -> None:
    """PORT, DATA_DIR and the rest from the environment."""
    tell_unknown_variables("openwebui")
    if not os.environ.get("WEBUI_SECRET_KEY"):
        sys.exit("ValueError: WEBUI_SECRET_KEY is required")
    faults.at_start()
    folder = Path(os.environ.get("DATA_DIR", "/app/backend/data"))
    try:
        database = sqlite3.connect(folder / "mock-webui.db")
        database.execute("create table if not exists chat (id integer primary key, title text)")
        database.commit()
    except sqlite3.Error as error:
        sys.exit(f"sqlite3.OperationalError: {folder}/mock-webui.db: {error}")
    serve(app(database), "0.0.0.0", int(os.environ.get("PORT", "8080")))


def token() -> str:
    """The session of the administrator, signed with WEBUI_SECRET_KEY."""
    secret = os.environ["WEBUI_SECRET_KEY"].encode()
    return hmac.new(secret, os.environ.get("WEBUI_ADMIN_EMAIL", "").encode(), hashlib.sha256).hexdigest()


def app(database: sqlite3.Connection) -> web.Application:
    """The server's routes."""
    public = ("/", "/health", "/ready", "/api/config", "/api/v1/auths/signin", "/api/v1/auths/signup")
    app = application(key=token(), public=public, refused=Refusal(401, {"detail": "Not authenticated"}))

    async def add_chat(request: web.Request) -> web.Response:
        title = str(((await json_of(request)).get("chat") or {}).get("title", ""))
        return web.json_response(_keep(database, title))

    app.add_routes(
        [
            web.get("/", page("Open WebUI")),
            web.get("/health", answers(lambda: {"status": True})),
            web.get("/ready", answers(lambda: {"status": True})),
            web.get("/api/config", answers(lambda: {"name": "Open WebUI", "version": version("openwebui")})),
            web.post("/api/v1/auths/signin", _sign_in),
            web.post("/api/v1/auths/signup", _sign_up),
            web.get("/api/models", _models),
            web.post("/api/chat/completions", _chat),
            web.get("/api/v1/chats/", answers(lambda: _chats(database))),
            web.post("/api/v1/chats/new", add_chat),
        ]
    )
    return app


async def _sign_in(request: web.Request) -> web.Response:
    body = await json_of(request)
    right = os.environ.get("WEBUI_ADMIN_EMAIL"), os.environ.get("WEBUI_ADMIN_PASSWORD")
    if (body.get("email"), body.get("password")) != right:
        raise Refusal(400, {"detail": "The email or password provided is incorrect."})
    return web.json_response({"token": token(), "role": "admin"})


async def _sign_up(_: web.Request) -> web.Response:
    if os.environ.get("ENABLE_SIGNUP") == "true":
        return web.json_response({"token": token(), "role": "pending"})
    raise Refusal(403, {"detail": "You do not have permission to access this resource."})


def _gateway(timeout: ClientTimeout) -> ClientSession:
    headers = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "Content-Type": "application/json"}
    return ClientSession(headers=headers, timeout=timeout, trust_env=True)


async def _models(_: web.Request) -> web.Response:
    wanted = json.loads(os.environ.get("OPENAI_API_CONFIGS", "{}")).get("0", {}).get("model_ids", [])
    address = os.environ["OPENAI_API_BASE_URL"] + "/models"
    try:
        async with _gateway(ClientTimeout(total=10)) as gateway, gateway.get(address) as answer:
            answer.raise_for_status()
            models = (await answer.json())["data"]
    except (ClientError, TimeoutError):
        models = []
    return web.json_response({"data": [model for model in models if not wanted or model["id"] in wanted]})


async def _chat(request: web.Request) -> web.StreamResponse:
    body = await json_of(request)
    address = os.environ["OPENAI_API_BASE_URL"] + "/chat/completions"
    async with _gateway(ClientTimeout(total=None, sock_connect=120, sock_read=120)) as gateway:
        try:
            answer = await gateway.post(address, data=await request.read())
        except (ClientError, TimeoutError) as error:
            raise Refusal(500, {"detail": f"Open WebUI: Server Connection Error ({error})"}) from None
        if not answer.ok:
            raise Refusal(answer.status, await answer.json() or {})
        if body.get("stream"):
            return await stream(request, answer.content.iter_any())
        return web.json_response(await answer.json())


def _chats(database: sqlite3.Connection) -> list[dict]:
    return [{"id": number, "title": title} for number, title in database.execute("select id, title from chat")]


def _keep(database: sqlite3.Connection, title: str) -> dict:
    try:
        with database:
            number = database.execute("insert into chat (title) values (?)", (title,)).lastrowid
    except sqlite3.Error as error:
        raise Refusal(500, {"detail": str(error)}) from None
    return {"id": number, "title": title}
