"""Which requests vLLM refuses, with its status and words: as vLLM 0.30.0 answered on 2026-11-27."""

import json
from dataclasses import dataclass

from aiohttp import web

from mocks.server import Refusal
from mocks.talk import text_of


@dataclass(frozen=True)
class Limits:
    """What the server can do: its models' names, their context, whether they see, whether it parses tool calls."""

    names: list[str]
    context: int
    sees: bool
    calls_tools: bool


async def chat_of(request: web.Request, limits: Limits) -> dict:
    """The body of a chat."""
    body = await _body(request)
    if "messages" not in body:
        raise _invalid("'missing', 'loc': 'body.messages', 'msg': 'Field required'", "body.messages")
    messages = body["messages"]
    if not messages:
        raise bad("Cannot apply chat template to an empty conversation. Provide at least one message.")
    _check(body, limits, sum(tokens_of(text_of(message)) for message in messages))
    _check_tools(body, limits)
    parts = [part for message in messages if isinstance(message.get("content"), list) for part in message["content"]]
    if not limits.sees and any(part.get("type") != "text" for part in parts):
        raise bad(f"{body['model']} is not a multimodal model")
    return body


async def completion_of(request: web.Request, limits: Limits) -> dict:
    """The body of a completion."""
    body = await _body(request)
    if not body.get("prompt"):
        raise bad("Either prompt or prompt_embeds must be provided and non-empty. (parameter=prompt)", "prompt")
    _check(body, limits, tokens_of(body["prompt"]))
    return body


def tokens_of(prompt: str | list) -> int:
    """The length of a prompt: a word of a text, or an item of a list, is a token."""
    return len(prompt.split() if isinstance(prompt, str) else prompt)


def bad(message: str, param: str | None = None) -> Refusal:
    """A refusal with status 400."""
    return _refusal(400, "BadRequestError", message, param)


def _refusal(status: int, kind: str, message: str, param: str | None) -> Refusal:
    return Refusal(status, {"error": {"message": message, "type": kind, "param": param, "code": status}})


def _invalid(problem: str, place: str) -> Refusal:
    return _refusal(400, "Bad Request", f"1 validation error:\n  {{'type': {problem}}}", place)


async def _body(request: web.Request) -> dict:
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise _invalid("'json_invalid', 'loc': 'body.0', 'msg': 'JSON decode error'", "body.0") from None
    if not isinstance(body, dict):
        raise _invalid("'model_attributes_type', 'loc': 'body', 'msg': 'Input should be a valid dictionary'", "body")
    return body


def _check(body: dict, limits: Limits, prompt: int) -> None:
    """Checks what chats and completions have in common; a request without a model means the first one."""
    body["model"] = body.get("model") or limits.names[0]
    if body["model"] not in limits.names:
        raise _refusal(404, "NotFoundError", f"The model `{body['model']}` does not exist.", "model")
    if (body.get("temperature") or 0) < 0:
        temperature = float(body["temperature"])
        asked = f"got {temperature}. (parameter=temperature, value={temperature})"
        raise bad(f"temperature must be non-negative, {asked}", "temperature")
    tokens = next((body[name] for name in ("max_completion_tokens", "max_tokens") if body.get(name) is not None), None)
    if tokens is not None and tokens < 1:
        raise bad(f"max_tokens must be at least 1, got {tokens}. (parameter=max_tokens, value={tokens})", "max_tokens")
    if tokens is not None and tokens > limits.context:
        message = f"max_tokens={tokens} cannot be greater than max_model_len=max_total_tokens={limits.context}."
        raise bad(f"{message} Please request fewer output tokens. (parameter=max_tokens, value={tokens})", "max_tokens")
    if prompt + (tokens or 1) > limits.context:
        message = (
            f"This model's maximum context length is {limits.context} tokens. However, you requested {tokens or 1}"
            f" output tokens and your prompt contains at least {prompt} input tokens, for a total of at least"
            f" {prompt + (tokens or 1)} tokens. Please reduce the length of the input prompt or the number of requested"
            f" output tokens. (parameter=input_tokens, value={prompt})"
        )
        raise bad(message, "input_tokens")


def _check_tools(body: dict, limits: Limits) -> None:
    choice = body.get("tool_choice") or "auto"
    if not body.get("tools"):
        if choice not in ("auto", "none"):
            raise bad("When using `tool_choice`, `tools` must be set. (parameter=tool_choice)", "tool_choice")
        return
    if choice == "auto" and not limits.calls_tools:
        raise bad('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
    names = [tool["function"]["name"] for tool in body["tools"]]
    if isinstance(choice, dict) and choice["function"]["name"] not in names:
        message = "The tool specified in `tool_choice` does not match any of the specified `tools`"
        raise bad(f"{message} (parameter=tool_choice)", "tool_choice")
