"""The common part of the mocks' servers, on aiohttp: keys, faults, refusals, server-sent events, and shutdown."""

import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from mocks import faults

DRAIN_SECONDS = 3600  # Kubernetes' grace period is shorter
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """An answer that is an error: its status, its JSON body and its own headers."""

    def __init__(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


def application(
    *,
    key: str = "",
    public: tuple[str, ...] = (),
    guarded: str = "",
    refused: Refusal | None = None,
    without: Refusal | None = None,
    fastapi: bool = True,
) -> web.Application:
    """An application without routes, which answers as FastAPI or as aiohttp does.

    `refused` answers a wrong key, and `without`, if given, none. `public` paths need no key and have no faults; with
    `guarded`, only paths that begin so do, even those that do not exist.
    """
    json_of_kind = json_answer if fastapi else web.json_response

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            wrong = request.match_info.http_exception  # an unknown path, or another method
            closed = request.path.startswith(guarded) if guarded else not wrong and request.path not in public
            if closed and request.path != "/mock":
                scheme, _, given = request.headers.get("Authorization", "").partition(" ")
                if key and scheme.lower() != "bearer":
                    raise without or refused or Refusal(401, {})
                if key and given != key:
                    raise refused or Refusal(401, {})
                await faults.at_request()
                if faults.is_garbled():
                    return web.Response(body=b"\x00\xff{", content_type="application/json")
            if wrong and fastapi:
                allowed = {"Allow": wrong.headers["Allow"]} if "Allow" in wrong.headers else {}
                raise Refusal(wrong.status, {"detail": wrong.reason}, allowed)
            return await handler(request)
        except Refusal as refusal:
            return json_of_kind(refusal.body, status=refusal.status, headers=refusal.headers)

    app = web.Application(middlewares=[guard], client_max_size=0)  # 0: bodies of any size
    app.router.add_post("/mock", _set_fault)
    return app


async def _set_fault(request: web.Request) -> web.Response:
    faults.tell(await request.text())
    return json_answer({})


def json_answer(content: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer as FastAPI gives it, whose type has no charset."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def answers(content: Callable[[], object], answer: Callable[..., web.Response] = json_answer) -> Handler:
    """A handler that answers with a function's result as JSON."""

    async def handler(_: web.Request) -> web.Response:
        return answer(content())

    return handler


def page(title: str) -> Handler:
    """A handler that answers with an empty HTML page."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(text=f"<title>{title}</title>", content_type="text/html")

    return handler


async def json_of(request: web.Request) -> dict:
    """The body as a JSON object; 400 when it is not one."""
    try:
        content = json.loads(await request.read() or b"{}")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Refusal(400, {"error": {"message": "the body is not a JSON object", "code": 400}})
    return content


async def stream(request: web.Request, events: AsyncIterator[bytes]) -> web.StreamResponse:
    """Sends server-sent events as they come."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    place = 0
    async for event in events:
        if faults.breaks_off(place) and request.transport:
            request.transport.abort()
            break
        await response.write(faults.enlarged(event))
        place += 1
    return response


def serve(app: web.Application, host: str, port: int) -> None:
    """Answers until SIGTERM, and then exits with code 0 as soon as open requests are done.

    Like uvicorn, it does not wait for idle connections that a client keeps open.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    web.run_app(
        app,
        host=host,
        port=port,
        shutdown_timeout=DRAIN_SECONDS,
        access_log_format='%a "%r" %s',
        print=lambda *_: print(f"listening on {host}:{port}"),
    )
