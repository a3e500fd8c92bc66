"""The shapes of the programs' answers, in a file per program: answers/<program>.yaml says where they come from."""

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import yaml

from tests.mocks import shapes
from tests.mocks.asked import Request

HERE = Path(__file__).parent / "answers"


def answers(program: str) -> dict[str, Any]:
    """The shapes of a program's answers, by the name of the request."""
    return dict(_content(program)["answers"])


def version(program: str) -> str:
    """The version of the program that gave them."""
    return str(_content(program)["version"])


def record(program: str, found: dict[str, Any]) -> None:
    """Writes the shapes of a program's answers, below the lines that say where they come from."""
    file = HERE / f"{program}.yaml"
    head, _, _ = file.read_text().partition("answers:")
    text = yaml.safe_dump({"answers": found}, sort_keys=False, default_flow_style=None, width=118)
    file.write_text(f"{head}{text}")
    _content.cache_clear()


def ask(client: httpx.Client, request: Request) -> Any:
    """The shape of the answer to a request. AssertionError if it does not say what the request looks for."""
    if request.heard:
        return {"heard": shapes.of_events(asyncio.run(heard(str(client.base_url), request)))}
    answer = client.request(**request.arguments())
    assert request.says in answer.text, answer.text[:500]
    return shapes.of_answer(answer)


async def heard(url: str, request: Request) -> list[str]:
    """The messages of a websocket, from before a workflow is sent until it is done, as Open WebUI waits for it."""
    body = request.options["json"]
    messages = []
    async with aiohttp.ClientSession(url) as session, session.ws_connect(f"/ws?clientId={body['client_id']}") as socket:
        messages.append(await socket.receive_str(timeout=10))
        await session.post(request.path, json=body)
        while True:
            messages.append(await socket.receive_str(timeout=10))
            message = json.loads(messages[-1])
            if message["type"] == "executing" and message["data"]["node"] is None:
                return messages


@cache
def _content(program: str) -> dict[str, Any]:
    return dict(yaml.safe_load((HERE / f"{program}.yaml").read_text()))
