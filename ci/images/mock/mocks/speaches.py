"""Speaches as facts of 2026-11-23 tell it: environment, key, hub cache, speech and transcription.

- /health, /docs and /openapi.json are public; every other path answers 403 to a missing or wrong API_KEY.
- A model is there when HF_HUB_CACHE has models--org--name with a README.md in a snapshot; else 404.
- Nothing is downloaded on request; a PRELOAD_MODELS that cannot be had ends the process.
"""

import io
import json
import math
import os
import struct
import sys
import wave
from pathlib import Path

from mocks import faults
from mocks.flags import tell_unknown_variables, version
from mocks.server import App, Refusal, Request, serve

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


def app() -> App:
    """The server's routes."""
    refused = Refusal(403, {"detail": "Invalid or missing API key"})
    made = App(key=os.environ.get("API_KEY", ""), public=("/health", "/docs", "/openapi.json"), refused=refused)
    made.on("GET", "/health")(lambda _: {"message": "OK"})
    made.on("GET", "/openapi.json")(lambda _: {"info": {"title": "Speaches", "version": version("speaches")}})
    made.on("GET", "/docs")(lambda _: ("text/html", b"<title>speaches</title>"))
    made.on("GET", "/v1/models")(lambda _: {"object": "list", "data": [{"id": name} for name in _installed()]})
    made.on("POST", "/v1/models/{name}")(_no_download)
    made.on("GET", "/v1/audio/voices")(lambda _: {"voices": ["af_heart"]})
    made.on("GET", "/api/ps")(lambda _: {"models": []})
    made.on("POST", "/v1/audio/speech")(_speech)
    made.on("POST", "/v1/audio/transcriptions")(_transcription)
    return made


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


def _no_download(request: Request) -> object:
    raise Refusal(500, {"detail": f"{request.parameters['name']}: the hub is offline"})


def _speech(request: Request) -> tuple[str, bytes]:
    body = request.json()
    _need(str(body.get("model")))
    words = str(body.get("input", "")).split()
    if not words:
        raise Refusal(422, {"detail": [{"loc": ["body", "input"], "msg": "Field required"}]})
    # always a WAV file: the real one has ffmpeg to make others of it
    return f"audio/{body.get('response_format', 'mp3')}", _tone(len(words) * SECONDS_PER_WORD)


def _transcription(request: Request) -> object:
    form = request.form()
    _need(form.get("model", b"").decode())
    try:
        with wave.open(io.BytesIO(form.get("file", b""))) as sound:
            words = round(sound.getnframes() / sound.getframerate() / SECONDS_PER_WORD)
    except (wave.Error, EOFError):
        raise Refusal(415, {"detail": "Failed to decode audio"}) from None
    text = " ".join(["word"] * words)
    return text if form.get("response_format") == b"text" else {"text": text}


def _tone(seconds: float) -> bytes:
    """A WAV file that hums for so long."""
    samples = [int(8000 * math.sin(2 * math.pi * 440 * place / RATE)) for place in range(int(seconds * RATE))]
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()
