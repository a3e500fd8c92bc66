"""A mock of Speaches as documented on 2026-11-23: environment, key, hub cache, speech and transcription.

- /health, /docs and /openapi.json are public; every other path answers 403 to a missing or wrong API_KEY.
- A model exists if HF_HUB_CACHE has models--org--name with a README.md in a snapshot; else 404.
- Nothing is downloaded on request; if a model in PRELOAD_MODELS is not available, the process exits.
"""

import io
import json
import math
import os
import struct
import sys
import wave
from pathlib import Path

from aiohttp import web

from mocks import faults
from mocks.flags import tell_unknown_variables, version
from mocks.server import Refusal, answers, application, json_of, page, serve

RATE = 16000
SECONDS_PER_WORD = 0.3


def main() -> None:
    """uvicorn's host and port, and Speaches' own names, from the environment."""
    tell_unknown_variables("speaches")
    wanted = json.loads(os.environ.get("PRELOAD_MODELS", "[]"))
    if lost := [name for name in wanted if name not in _installed()]:
        sys.exit(f"ERROR: Application startup failed: {lost[0]} could not be downloaded: the hub is offline")
    faults.at_start()
    port = os.environ.get("UVICORN_PORT", "8000")
    serve(app(), os.environ.get("UVICORN_HOST", "127.0.0.1"), int(port))


def app() -> web.Application:
    """The server's routes."""
    refused = Refusal(403, {"detail": "Invalid or missing API key"})
    app = application(key=os.environ.get("API_KEY", ""), public=("/health", "/docs", "/openapi.json"), refused=refused)
    app.add_routes(
        [
            web.get("/health", answers(lambda: {"message": "OK"})),
            web.get("/openapi.json", answers(lambda: {"info": {"title": "Speaches", "version": version("speaches")}})),
            web.get("/docs", page("speaches")),
            web.get("/v1/models", answers(lambda: {"object": "list", "data": [{"id": name} for name in _installed()]})),
            web.post("/v1/models/{name:.+}", _no_download),
            web.get("/v1/audio/voices", answers(lambda: {"voices": ["af_heart"]})),
            web.get("/api/ps", answers(lambda: {"models": []})),
            web.post("/v1/audio/speech", _speech),
            web.post("/v1/audio/transcriptions", _transcription),
        ]
    )
    return app


def _installed() -> list[str]:
    hub = Path(os.environ.get("HF_HUB_CACHE", Path.home() / ".cache/huggingface/hub"))
    cards = hub.glob("models--*--*/snapshots/*/README.md")
    return sorted({card.parents[2].name.removeprefix("models--").replace("--", "/") for card in cards})


def _need(model: str) -> None:
    if model not in _installed():
        raise Refusal(
            404,
            {"detail": f"Model '{model}' is not installed locally. You can download the model using `POST /v1/models`"},
        )


async def _no_download(request: web.Request) -> web.Response:
    raise Refusal(500, {"detail": f"{request.match_info['name']}: the hub is offline"})


async def _speech(request: web.Request) -> web.Response:
    body = await json_of(request)
    _need(str(body.get("model")))
    words = str(body.get("input", "")).split()
    if not words:
        raise Refusal(422, {"detail": [{"loc": ["body", "input"], "msg": "Field required"}]})
    # always a WAV file; the real program can convert it with ffmpeg
    kind = f"audio/{body.get('response_format', 'mp3')}"
    return web.Response(body=_tone(len(words) * SECONDS_PER_WORD), content_type=kind)


async def _transcription(request: web.Request) -> web.Response:
    form = await request.post()
    _need(str(form.get("model", "")))
    upload = form.get("file")
    try:
        with wave.open(upload.file if isinstance(upload, web.FileField) else io.BytesIO(), "rb") as sound:
            words = round(sound.getnframes() / sound.getframerate() / SECONDS_PER_WORD)
    except (wave.Error, EOFError):
        raise Refusal(415, {"detail": "Failed to decode audio"}) from None
    text = " ".join(["word"] * words)
    return web.Response(text=text) if form.get("response_format") == "text" else web.json_response({"text": text})


def _tone(seconds: float) -> bytes:
    """A WAV file with a tone of the given length."""
    samples = [int(8000 * math.sin(2 * math.pi * 440 * place / RATE)) for place in range(int(seconds * RATE))]
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()
