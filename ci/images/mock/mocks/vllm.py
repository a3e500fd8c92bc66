"""A mock of vLLM as documented on 2026-11-23: its exit codes for wrong arguments, and the answers of its server.

- An unknown flag, a bad size or choice: exit 2. A service link in VLLM_PORT, no GPU, no model, a wrong parser: exit 1.
- The port opens when the engine is ready; connections are refused while it loads.
- /health, /ping, /version, /load and /metrics are public; /v1/* requires VLLM_API_KEY and answers 401 without it.
"""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import count
from pathlib import Path

from aiohttp import web

from mocks import faults, gpu
from mocks.flags import parse, tell_unknown_variables, version
from mocks.server import Refusal, answers, application, json_of, serve, stream

SIZE = re.compile(r"\d+(\.\d+)?[kKmMgGtT]?$")  # `20Gi` is Kubernetes' spelling, not vLLM's
WORDS = ["The", "mock", "of", "vLLM", "has", "read", "your", "words", "and", "answers", "with", "these", "."]
numbers = count(1)
done = {"prompt": 0, "generation": 0, "stop": 0, "running": 0}


def main() -> None:
    """`vllm serve MODEL --flags`."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] != "serve":
        sys.exit("vllm: error: only `vllm serve` is played here")
    tell_unknown_variables("vllm")
    flags = parse("vllm", arguments[1:])
    for name in ("--max-model-len", "--kv-cache-memory-bytes"):
        for value in flags.get(name, []):
            if not SIZE.match(value) and (name, value) != ("--max-model-len", "auto"):
                _end(2, f"vllm serve: error: argument {name}: invalid human_readable_int value: '{value}'")
    model = (flags[""] or [""])[0]
    if not Path(model, "config.json").is_file():
        _end(1, f"OSError: Can't load the configuration of '{model}': no config.json there, and the hub is offline")
    gpu.need("RuntimeError: Failed to infer device type: no GPU can be seen (runtime class? NVIDIA_VISIBLE_DEVICES?)")
    if float(flags.get("--gpu-memory-utilization", ["0.5"])[0]) > 1:
        _end(1, "ValueError: gpu_memory_utilization must be at most 1")
    faults.at_start()
    if "://" in os.environ.get("VLLM_PORT", ""):
        port = os.environ["VLLM_PORT"]
        _end(
            1,
            f"ValueError: VLLM_PORT '{port}' appears to be a URI. This may be caused by a Kubernetes service"
            " discovery issue",
        )
    names = flags.get("--served-model-name") or [model]
    key = flags.get("--api-key", [os.environ.get("VLLM_API_KEY", "")])[0]
    calls_tools = "--enable-auto-tool-choice" in flags and "--tool-call-parser" in flags
    serve(
        app(names, key, calls_tools=calls_tools),
        flags.get("--host", ["0.0.0.0"])[0],
        int(flags.get("--port", ["8000"])[0]),
    )


def app(names: list[str], key: str, *, calls_tools: bool = False) -> web.Application:
    """The server's routes for these model names. calls_tools: whether it was started with a parser for tool calls."""
    public = ("/health", "/ping", "/version", "/load", "/metrics")
    app = application(key=key, public=public, refused=Refusal(401, {"error": "Unauthorized"}))
    models = [{"id": name, "object": "model", "owned_by": "vllm"} for name in names]

    async def health(_: web.Request) -> web.Response:
        return web.Response()

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(text=_metrics(names[0]))

    async def chat(request: web.Request) -> web.StreamResponse:
        body = await json_of(request)
        if body.get("tools") and body.get("tool_choice", "auto") == "auto" and not calls_tools:
            message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
            raise Refusal(400, {"error": {"message": message, "type": "BadRequestError", "param": None, "code": 400}})
        return await _generate(request, names, chat=True)

    async def complete(request: web.Request) -> web.StreamResponse:
        return await _generate(request, names, chat=False)

    app.add_routes(
        [
            web.get("/health", health),
            web.get("/ping", health),
            web.get("/version", answers(lambda: {"version": version("vllm")})),
            web.get("/load", answers(lambda: {"server_load": done["running"]})),
            web.get("/metrics", metrics),
            web.get("/v1/models", answers(lambda: {"object": "list", "data": models})),
            web.post("/v1/chat/completions", chat),
            web.post("/v1/completions", complete),
        ]
    )
    return app


async def _generate(request: web.Request, names: list[str], *, chat: bool) -> web.StreamResponse:
    body = await json_of(request)
    if body.get("model") not in names:
        message = f"The model `{body.get('model')}` does not exist. Valid aliases: {', '.join(names)}."
        raise Refusal(404, {"error": {"message": message, "type": "NotFoundError", "param": "model", "code": 404}})
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or len(WORDS)
    words = [WORDS[place % len(WORDS)] for place in range(limit)]
    prompt = len(str(body.get("messages") or body.get("prompt") or "").split())
    done["prompt"] += prompt
    usage = {"prompt_tokens": prompt, "completion_tokens": len(words), "total_tokens": prompt + len(words)}
    kind = "chat.completion" if chat else "text_completion"
    head = {"id": f"mock-{next(numbers)}", "created": int(time.time()), "model": body["model"]}
    if body.get("stream"):
        head["object"] = f"{kind}.chunk" if chat else kind
        async with aclosing(_events(head, words, usage, body, chat)) as events:
            return await stream(request, events)
    _count(words)
    text = " ".join(words)
    message = _tool_call(body) or {"content": text}
    choice = {"message": {"role": "assistant", **message}} if chat else {"text": text}
    choices = [{"index": 0, "finish_reason": "tool_calls" if "tool_calls" in message else "stop", **choice}]
    return web.json_response({**head, "object": kind, "choices": choices, "usage": usage})


def _tool_call(body: dict) -> dict:
    """A call of the first tool of a request, with a word for each argument that it requires; {} without tools, or if
    the conversation already has a tool's answer.
    """
    if not body.get("tools") or any(message.get("role") == "tool" for message in body.get("messages", [])):
        return {}
    function = body["tools"][0]["function"]
    required = (function.get("parameters") or {}).get("required") or []
    call = {"name": function["name"], "arguments": json.dumps(dict.fromkeys(required, "mock"))}
    return {"content": None, "tool_calls": [{"id": f"call-{next(numbers)}", "type": "function", "function": call}]}


async def _events(head: dict, words: list[str], usage: dict, body: dict, chat: bool) -> AsyncGenerator[bytes, None]:
    """One event per word, at the speed of MOCK_TOKENS_PER_SECOND, then the end."""
    pause = 1 / float(os.environ.get("MOCK_TOKENS_PER_SECOND", "50"))
    call = _tool_call(body) if chat else {}
    done["running"] += 1
    try:
        if call:
            words = []
            pieces = [piece | {"index": place} for place, piece in enumerate(call["tool_calls"])]
            delta = {"role": "assistant", "tool_calls": pieces}
            yield _event({**head, "choices": [{"index": 0, "finish_reason": None, "delta": delta}]})
        for place, word in enumerate(words):
            piece = word if place == 0 else f" {word}"
            choice = {"delta": {"role": "assistant", "content": piece}} if chat else {"text": piece}
            yield _event({**head, "choices": [{"index": 0, "finish_reason": None, **choice}]})
            await asyncio.sleep(pause)
        last = {"delta": {}} if chat else {"text": ""}
        reason = "tool_calls" if call else "stop"
        yield _event({**head, "choices": [{"index": 0, "finish_reason": reason, **last}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            yield _event({**head, "choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"
        _count(words)
    finally:
        done["running"] -= 1


def _event(content: dict) -> bytes:
    return f"data: {json.dumps(content)}\n\n".encode()


def _count(words: list[str]) -> None:
    done["generation"] += len(words)
    done["stop"] += 1


def _metrics(model: str) -> str:
    label = f'model_name="{model}"'
    values = {
        f"vllm:num_requests_running{{{label}}}": done["running"],
        f"vllm:num_requests_waiting{{{label}}}": 0,
        f"vllm:kv_cache_usage_perc{{{label}}}": 0,
        f"vllm:prompt_tokens_total{{{label}}}": done["prompt"],
        f"vllm:generation_tokens_total{{{label}}}": done["generation"],
        f'vllm:request_success_total{{finished_reason="stop",{label}}}': done["stop"],
    }
    return "".join(f"{name} {float(value)}\n" for name, value in values.items())


def _end(code: int, message: str) -> None:
    print(message, file=sys.stderr)
    sys.exit(code)
