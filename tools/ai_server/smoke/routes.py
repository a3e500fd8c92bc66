"""What to ask: the routes of a gateway, and the requests that `helm test` uses as well."""

import importlib.util
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import Any
from urllib.error import HTTPError

from ai_server.errors import UserError
from ai_server.helm.gateway import Gateway, Route
from ai_server.paths import CHART

SCRIPT = CHART / "files" / "ask-every-route.py"
LEAST_TOKENS = 4096
"""A context that has room for the long prompt, whatever a tokenizer makes of it."""
WRONG_KEY = re.compile(r"HTTP 401|HTTP 400: No connected db")
"""How servers refuse a wrong key; LiteLLM looks it up in its database, and may have none."""
NO_KEY = re.compile(r"HTTP 40[13]")

Question = Callable[[Any, dict[str, Any]], dict[str, Any]]


@cache
def requests() -> ModuleType:
    """The requests of the chart's own test."""
    spec = importlib.util.spec_from_file_location("ask_every_route", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def questions(route: Mapping[str, Any]) -> list[Question]:
    """What to ask of a route: as `helm test` does, and a long prompt if the context has room for one."""
    asked: list[Question] = requests().questions(route)
    reads_long = route["mode"] == "chat" and route["own"] and route["tokens"] >= LEAST_TOKENS
    return [*asked, *([requests().prompt] if reads_long else [])]


def routes_of(model_list: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The routes in LiteLLM's model_list (of its config.yaml, or of its /model/info), in the form of the requests.

    A wildcard (`openai/*`) names no model to ask.
    """
    return [_asked(route) for route in Gateway({"model_list": model_list}).routes if "*" not in route.model]


def _asked(route: Route) -> dict[str, Any]:
    return {
        "id": route.id,
        "name": route.model,
        "mode": route.mode or "chat",
        "own": not route.entry and bool(route.api_base),
        "tokens": route.tokens,
        "tools": route.tools,
        "vision": bool(route.info.get("supports_vision")),
    }


def ask_for_routes(server: Any) -> list[dict[str, Any]]:
    """The routes of a server that is known by its URL only: LiteLLM lists them with their modes; of another
    OpenAI-compatible server, each model is asked to chat. UserError if it does not answer.
    """
    try:
        listed = _data(server, "model/info")
        if not listed:
            listed = [
                {"model_name": model["id"], "model_info": {"id": model["id"]}} for model in _data(server, "v1/models")
            ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = _reason(error)
        message = f"{server.url} does not list its models: {about_key(reason, server.key) or reason}"
        raise UserError(message, hint=reason if reason not in message else "", code=1) from None
    return routes_of(listed)


def _data(server: Any, path: str) -> list[dict[str, Any]]:
    """A list of models; [] if the server does not know the path."""
    try:
        data: list[dict[str, Any]] = json.loads(server.send(path, seconds=30))["data"]
    except HTTPError as error:
        if error.code == 404:
            return []
        raise
    return data


def about_key(problem: str, key: str) -> str:
    """What is wrong with the key that was sent, "" without one; "" if a server gave another reason.

    "litellm." begins what LiteLLM passes on, where a backend rejected LiteLLM's own key.
    """
    if not (WRONG_KEY if key else NO_KEY).match(problem) or "litellm." in problem:
        return ""
    return "the key is wrong" if key else "it asks for a key; give --key or OPENAI_API_KEY"


def _reason(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return str(requests().refusal(error))
    return str(requests().short(str(getattr(error, "reason", error))))
