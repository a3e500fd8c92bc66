"""A mock of vLLM: its exit codes for wrong arguments, and a server whose answers tests compare with vLLM's own.

- An unknown flag, a bad size or choice: exit 2. A service link in VLLM_PORT, no GPU, no model, a wrong parser: exit 1.
- The port opens when the engine is ready; connections are refused while it loads.
- /health, /ping, /version, /load and /metrics are public; /v1/* requires VLLM_API_KEY and answers 401 without it.
- A word counts as a token. What it says is in talk.py, what it refuses in vllm_requests.py.
"""

import json
import os
import re
import sys
from contextlib import aclosing
from pathlib import Path

from aiohttp import web

from mocks import faults, gpu
from mocks.flags import parse, tell_unknown_variables, version
from mocks.server import Refusal, answers, application, json_answer, serve, stream
from mocks.talk import answer, text_of
from mocks.vllm_answers import complete_answer, events, model_card, usage_of
from mocks.vllm_requests import Limits, chat_of, completion_of, tokens_of

SIZE = re.compile(r"(\d+(?:\.\d+)?)([kKmMgGtT]?)")  # `20Gi` is Kubernetes' spelling, not vLLM's
UNITS = {"": 1, **{letter: 1000**power for power, letter in enumerate("kmgt", 1)}}
UNITS |= {letter: 1024**power for power, letter in enumerate("KMGT", 1)}
CONTEXT = 32768
"""The context of a model whose config.json names none."""
done = {"prompt": 0, "generation": 0, "stop": 0, "length": 0, "running": 0}


def main() -> None:
    """`vllm serve MODEL --flags`."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] != "serve":
        sys.exit("vllm: error: only `vllm serve` is played here")
    tell_unknown_variables("vllm")
    flags = parse("vllm", arguments[1:])
    for name in ("--max-model-len", "--kv-cache-memory-bytes"):
        for value in flags.get(name, []):
            if not SIZE.fullmatch(value) and (name, value) != ("--max-model-len", "auto"):
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
    config = json.loads(Path(model, "config.json").read_text())
    context = _size(flags.get("--max-model-len", ["auto"])[0]) or config.get("max_position_embeddings", CONTEXT)
    serve(
        app(Limits(names, context, "vision_config" in config, calls_tools), key, model),
        flags.get("--host", ["0.0.0.0"])[0],
        int(flags.get("--port", ["8000"])[0]),
    )


def _size(text: str) -> int:
    """A number such as 32k (32000) or 32K (32768); 0 for auto."""
    found = SIZE.fullmatch(text)
    return int(float(found[1]) * UNITS[found[2]]) if found else 0


def app(limits: Limits, key: str, root: str) -> web.Application:
    """The server's routes. root: the folder of the model."""
    app = application(key=key, guarded="/v1", refused=Refusal(401, {"error": "Unauthorized"}))

    async def health(_: web.Request) -> web.Response:
        return web.Response()

    async def metrics(_: web.Request) -> web.Response:
        content_type = "text/plain; version=1.0.0; charset=utf-8"
        return web.Response(body=_metrics(limits.names[0]).encode(), headers={"Content-Type": content_type})

    async def chat(request: web.Request) -> web.StreamResponse:
        body = await chat_of(request, limits)
        prompt = sum(tokens_of(text_of(message)) for message in body["messages"])
        return await _answered(request, body, prompt, chat=True)

    async def complete(request: web.Request) -> web.StreamResponse:
        body = await completion_of(request, limits)
        return await _answered(request, body, tokens_of(body["prompt"]), chat=False)

    def models() -> dict:
        return {"object": "list", "data": [model_card(name, root, limits.context) for name in limits.names]}

    app.add_routes(
        [
            web.get("/health", health),
            web.get("/ping", health),
            web.post("/ping", health),
            web.get("/version", answers(lambda: {"version": version("vllm")})),
            web.get("/load", answers(lambda: {"server_load": done["running"]})),
            web.get("/metrics", metrics),
            web.get("/v1/models", answers(models), allow_head=False),
            web.post("/v1/chat/completions", chat),
            web.post("/v1/completions", complete),
        ]
    )
    return app


async def _answered(request: web.Request, body: dict, prompt: int, *, chat: bool) -> web.StreamResponse:
    """Answers a valid request, at once or as a stream, and counts it."""
    given = answer(body, chat=chat)
    usage = usage_of(prompt, given)
    done["prompt"] += prompt
    if not body.get("stream"):
        response = json_answer(complete_answer(body["model"], given, usage, chat=chat))
    else:
        with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        done["running"] += 1
        try:
            async with aclosing(events(body["model"], given, usage, chat=chat, with_usage=with_usage)) as pieces:
                response = await stream(request, pieces)
        finally:
            done["running"] -= 1
    done["generation"] += given.tokens
    done["length" if given.reason == "length" else "stop"] += 1
    return response


def _metrics(model: str) -> str:
    label = f'engine="0",model_name="{model}"'
    values = {
        f"vllm:num_requests_running{{{label}}}": done["running"],
        f"vllm:num_requests_waiting{{{label}}}": 0,
        f"vllm:kv_cache_usage_perc{{{label}}}": 0,
        f"vllm:prompt_tokens_total{{{label}}}": done["prompt"],
        f"vllm:generation_tokens_total{{{label}}}": done["generation"],
        f'vllm:request_success_total{{engine="0",finished_reason="stop",model_name="{model}"}}': done["stop"],
        f'vllm:request_success_total{{engine="0",finished_reason="length",model_name="{model}"}}': done["length"],
    }
    return "".join(f"{name} {float(value)}\n" for name, value in values.items())


def _end(code: int, message: str) -> None:
    print(message, file=sys.stderr)
    sys.exit(code)
