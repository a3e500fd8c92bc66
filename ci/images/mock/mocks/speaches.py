"""A mock of Speaches: environment, key, hub cache, speech and transcription, as its source at 870e1e1 has them.

- /health, /docs and /openapi.json are public; every other path answers 403 to a missing or wrong API_KEY.
- A model exists if HF_HUB_CACHE has models--org--name with a README.md in a snapshot, whose front matter says its kind.
- Nothing is downloaded on request; if a model in PRELOAD_MODELS is not available, the process exits.
- Speech is a tone, in MP3, WAV or PCM; FLAC, Opus and AAC are WAV as well, since the image has no ffmpeg.
"""

import base64
import json
import os
import sys
from collections.abc import AsyncGenerator

from aiohttp import web

from mocks import faults, sound
from mocks.flags import tell_unknown_variables, version
from mocks.server import Refusal, answers, application, json_answer, page, serve, stream
from mocks.speaches_models import SPEECH, TRANSCRIPTION, accepted_voices, card, installed, need, voices

SECONDS_PER_WORD = 0.3
TYPES = {"mp3": "audio/mpeg", **{kind: f"audio/{kind}" for kind in ("pcm", "wav", "flac", "opus", "aac")}}
MAKE = {"mp3": sound.mp3, "pcm": sound.pcm}
TRANSCRIPTS = ("text", "json", "verbose_json", "srt", "vtt")
SEGMENT = {"seek": 0, "tokens": [1], "temperature": 0.0, "avg_logprob": 0.0, "compression_ratio": 1.0}
BEARER = {"WWW-Authenticate": "Bearer"}
NO_KEY = "API key required. Please provide an API key using the Authorization header with Bearer scheme."
WRONG_KEY = "Invalid API key. The provided API key is incorrect."


def main() -> None:
    """uvicorn's host and port, and Speaches' own names, from the environment."""
    tell_unknown_variables("speaches")
    wanted = json.loads(os.environ.get("PRELOAD_MODELS", "[]"))
    if lost := [name for name in wanted if name not in installed()]:
        sys.exit(f"ERROR: Application startup failed: {lost[0]} could not be downloaded: the hub is offline")
    faults.at_start()
    port = os.environ.get("UVICORN_PORT", "8000")
    serve(app(), os.environ.get("UVICORN_HOST", "127.0.0.1"), int(port))


def app() -> web.Application:
    """The server's routes."""
    app = application(
        key=os.environ.get("API_KEY", ""),
        public=("/health", "/docs", "/openapi.json"),
        refused=Refusal(403, {"detail": WRONG_KEY}, BEARER),
        without=Refusal(403, {"detail": NO_KEY}, BEARER),
    )
    app.add_routes(
        [
            web.get("/health", answers(lambda: {"message": "OK"})),
            web.get("/openapi.json", answers(lambda: {"info": {"title": "Speaches", "version": version("speaches")}})),
            web.get("/docs", page("speaches")),
            web.get("/v1/models", answers(_models), allow_head=False),
            web.get("/v1/models/{name:.+}", _model, allow_head=False),
            web.post("/v1/models/{name:.+}", _download),
            web.get("/v1/audio/models", answers(_voiced_models), allow_head=False),
            web.get("/v1/audio/voices", answers(lambda: {"voices": voices(), "object": "list"}), allow_head=False),
            web.get("/api/ps", answers(lambda: {"models": []}), allow_head=False),
            web.post("/v1/audio/speech", _speech),
            web.post("/v1/audio/transcriptions", _transcription),
        ]
    )
    return app


def _models() -> dict:
    vad = {"id": "silero_vad_v5", "created": 0, "owned_by": "snakers4", "language": None}
    vad |= {"object": "model", "task": "voice-activity-detection"}
    return {"data": [*(card(name, kind) for name, kind in installed().items()), vad], "object": "list"}


def _voiced_models() -> dict:
    return {"models": [card(name, kind) for name, kind in installed().items() if kind == SPEECH], "object": "list"}


async def _model(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    found = [model for model in _models()["data"] if model["id"] == name]
    if not found:
        raise Refusal(404, {"detail": f"Model '{name}' not found"})
    return json_answer(found[0])


async def _download(_: web.Request) -> web.Response:
    """The hub is offline, and no handler of Speaches catches that."""
    return web.Response(text="Internal Server Error", status=500)


def _invalid(kind: str, place: list, message: str, given: object, **about: object) -> Refusal:
    problem = {"type": kind, "loc": ["body", *place], "msg": message, "input": given, **about}
    return Refusal(422, {"detail": [problem]})


def _check_choice(name: str, given: str, choices: tuple[str, ...]) -> None:
    if given not in choices:
        listed = [f"'{choice}'" for choice in choices]
        expected = f"{', '.join(listed[:-1])} or {listed[-1]}"
        raise _invalid("literal_error", [name], f"Input should be {expected}", given, ctx={"expected": expected})


async def _speech(request: web.Request) -> web.StreamResponse:
    try:
        body = json.loads(await request.read())
    except ValueError as problem:
        raise _invalid("json_invalid", [1], "JSON decode error", {}, ctx={"error": str(problem)}) from None
    for name in ("model", "input", "voice"):
        if name not in body:
            raise _invalid("missing", [name], "Field required", body)
    kind = body.get("response_format", "mp3")
    _check_choice("response_format", kind, tuple(TYPES))
    need(body["model"], SPEECH)
    if body["voice"] not in accepted_voices() or not 0.5 <= body.get("speed", 1) <= 2:
        return await _broken(request, TYPES[kind])
    seconds = max(1, len(body["input"].split())) * SECONDS_PER_WORD
    if body.get("stream_format") == "sse":
        return await stream(request, _speech_events(seconds))
    return web.Response(body=MAKE.get(kind, sound.wav)(seconds), content_type=TYPES[kind])


async def _broken(request: web.Request, kind: str) -> web.StreamResponse:
    """Speaches looks at voice and speed when it streams: the answer is 200, and breaks."""
    response = web.StreamResponse(headers={"Content-Type": kind})
    response.enable_chunked_encoding()
    await response.prepare(request)
    if request.transport:
        request.transport.close()
    return response


async def _speech_events(seconds: float) -> AsyncGenerator[bytes, None]:
    audio = base64.b64encode(sound.pcm(seconds)).decode()
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    yield _event(type="speech.audio.delta", audio=audio)
    yield _event(type="speech.audio.done", token_usage=usage)


def _event(**content: object) -> bytes:
    return f"data: {json.dumps(content)}\n\n".encode()


async def _transcription(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    upload = form.get("file")
    if not isinstance(upload, web.FileField):
        raise _invalid("missing", ["file"], "Field required", None)
    if "model" not in form:
        raise _invalid("missing", ["model"], "Field required", None)
    kind = str(form.get("response_format", "json"))
    _check_choice("response_format", kind, TRANSCRIPTS)
    content = upload.file.read()
    try:
        raw = upload.content_type in ("audio/pcm", "audio/raw")
        seconds = len(content) / 32000 if raw else sound.seconds_of(content)
    except ValueError:
        detail = "Failed to decode audio. The provided file type is not supported."
        raise Refusal(415, {"detail": detail}) from None
    need(str(form["model"]), TRANSCRIPTION)
    text = " ".join(["word"] * round(seconds / SECONDS_PER_WORD))
    if str(form.get("stream", "")).lower() in ("true", "1", "on", "yes"):
        return await stream(request, _text_events(text))
    return _transcript(kind, text, seconds)


def _transcript(kind: str, text: str, seconds: float) -> web.Response:
    if kind == "json":
        return json_answer({"text": text, "logprobs": None, "usage": None})
    if kind == "verbose_json":
        segment = {"id": 1, "start": 0.0, "end": seconds, "text": text, "no_speech_prob": 0.0, **SEGMENT}
        about = {"duration": seconds, "language": "en", "text": text, "segments": [segment]}
        return json_answer({**about, "words": None, "usage": None})
    begin, end = "00:00:00", f"00:{int(seconds) // 60:02}:{int(seconds) % 60:02}"
    forms = {
        "text": text,
        "srt": f"1\n{begin},000 --> {end},000\n{text}\n\n",
        "vtt": f"WEBVTT\n\n{begin}.000 --> {end}.000\n{text}\n\n",
    }
    return web.Response(text=forms[kind], content_type="text/vtt" if kind == "vtt" else "text/plain")


async def _text_events(text: str) -> AsyncGenerator[bytes, None]:
    yield _event(type="transcript.text.delta", delta=text, logprobs=None, segment_id=None)
    yield _event(type="transcript.text.done", text=text, logprobs=None, usage=None)
