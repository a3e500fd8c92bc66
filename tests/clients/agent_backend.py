"""A backend for agents, in the test's own process: it calls a shell tool once if it is offered one, then answers, by
chat completions and by the Responses API as vLLM and llama-server stream them. It keeps the requests.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

ANSWER = "Hello from the model."
COMMAND = "echo $((40 + 2)) is what the tool printed"
PRINTED = "42 is what the tool printed"
SHELLS = {"Bash": "command", "bash": "command", "shell_command": "command", "exec_command": "cmd"}
"""Shell tools of agents, and the argument that takes the command."""
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
RESPONSES_USAGE = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13}


@dataclass
class ModelServer:
    """The backend: its HOST:PORT, and the path and body of every request."""

    address: str = ""
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def models(self, _: web.Request) -> web.Response:
        """What LiteLLM asks for at its start."""
        return web.json_response({"object": "list", "data": []})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The next step of a conversation."""
        body = await request.json()
        self.requests.append((request.path, body))
        by_responses = request.path.endswith("responses")
        call = None if PRINTED in json.dumps(body) else _shell_call(body)
        events = _responses(body, call) if by_responses else _completions(body, call)
        if not body.get("stream"):
            return web.json_response(events[-1]["response"] if by_responses else _message(body, call))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        for event in events:
            name = f"event: {event['type']}\n" if by_responses else ""
            await response.write(f"{name}data: {json.dumps(event)}\n\n".encode())
        if not by_responses:
            await response.write(b"data: [DONE]\n\n")
        return response


def _shell_call(body: dict[str, Any]) -> dict[str, Any] | None:
    """A call of the shell tool that the request offers; None without one."""
    for tool in body.get("tools") or []:
        name = tool.get("name") or (tool.get("function") or {}).get("name")
        if name in SHELLS:
            return {"name": name, "arguments": json.dumps({SHELLS[name]: COMMAND, "description": "Add two numbers"})}
    return None


def _completions(body: dict[str, Any], call: dict[str, Any] | None) -> list[dict[str, Any]]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if call:
        deltas.append({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": call}]})
    else:
        deltas += [{"content": piece} for piece in ANSWER.splitlines(keepends=True)]
    reason = "tool_calls" if call else "stop"
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": reason})
    return [*({**head, "choices": [choice]} for choice in choices), {**head, "choices": [], "usage": USAGE}]


def _message(body: dict[str, Any], call: dict[str, Any] | None) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None if call else ANSWER}
    if call:
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": call}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop"}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"]}
    return {**head, "choices": [choice], "usage": USAGE}


def _responses(body: dict[str, Any], call: dict[str, Any] | None) -> list[dict[str, Any]]:
    part = {"type": "output_text", "text": ANSWER, "annotations": []}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    called = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "status": "completed", **(call or {})}
    item = called if call else message
    head = {"id": "resp_1", "object": "response", "created_at": 1, "model": body["model"]}
    place = {"output_index": 0, "item_id": item["id"]}
    begun = {**item, "status": "in_progress", **({"arguments": ""} if call else {"content": []})}
    if call:
        inner = [
            {"type": "response.function_call_arguments.delta", **place, "delta": call["arguments"]},
            {"type": "response.function_call_arguments.done", **place, "arguments": call["arguments"]},
        ]
    else:
        inside = {**place, "content_index": 0}
        inner = [
            {"type": "response.content_part.added", **inside, "part": {**part, "text": ""}},
            {"type": "response.output_text.delta", **inside, "delta": ANSWER},
            {"type": "response.output_text.done", **inside, "text": ANSWER},
            {"type": "response.content_part.done", **inside, "part": part},
        ]
    events = [
        {"type": "response.created", "response": {**head, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": begun},
        *inner,
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {
            "type": "response.completed",
            "response": {**head, "status": "completed", "output": [item], "usage": RESPONSES_USAGE},
        },
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Serves on a free port until the context ends."""
    server, loop, ready = ModelServer(), asyncio.new_event_loop(), threading.Event()

    async def serve() -> web.AppRunner:
        app = web.Application(client_max_size=0)
        posts = [web.post(f"/v1/{path}", server.answer) for path in ("chat/completions", "responses")]
        app.add_routes([web.get("/v1/models", server.models), *posts])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.address = "{}:{}".format(*runner.addresses[0][:2])
        ready.set()
        return runner

    def run() -> None:
        runner = loop.run_until_complete(serve())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield server
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
