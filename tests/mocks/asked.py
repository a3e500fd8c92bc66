"""The requests that a mock and its program answer alike, by program and name: the one place for them."""

import wave
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

MODEL = "m"
KEY = "k"
CHAT, COMPLETIONS = "/v1/chat/completions", "/v1/completions"


@dataclass(frozen=True)
class Request:
    """A request. says: a text that both answers contain, because a client looks for it. heard: whether the shape is not of
    the answer, but of what a websocket hears until the workflow that the request sends is done.
    """

    path: str
    method: str = "GET"
    options: dict[str, Any] = field(default_factory=dict)
    key: str = KEY
    says: str = ""
    heard: bool = False

    def arguments(self) -> dict[str, Any]:
        """The arguments of httpx' request()."""
        key = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        options = {**self.options, "headers": {**key, **self.options.get("headers", {})}}
        return {"method": self.method, "url": self.path, **options}


def post(path: str, says: str = "", **body: Any) -> Request:
    """A request with a JSON body."""
    return Request(path, "POST", {"json": body}, says=says)


def _chat(text: Any = "What is the weather?", says: str = "", **body: Any) -> Request:
    return post(CHAT, says, **{"model": MODEL, "messages": [{"role": "user", "content": text}], **body})


def _complete(**body: Any) -> Request:
    return post(COMPLETIONS, **{"model": MODEL, "prompt": "Say something.<|speaks|>", **body})


def _with_tool(choice: Any = "auto", **body: Any) -> Request:
    return _chat(tools=[WEATHER], tool_choice=choice, **body)


WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALLED = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
ANSWERED = [
    {"role": "user", "content": "What is the weather?"},
    {"role": "assistant", "content": None, "tool_calls": [CALLED]},
    {"role": "tool", "tool_call_id": "1", "content": "sunny"},
]
NAMED = {"type": "function", "function": {"name": "weather"}}
USAGE = {"stream": True, "stream_options": {"include_usage": True}}
DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
PICTURE = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": DOT}}]

VLLM = {
    "health": Request("/health", key=""),
    "ping": Request("/ping", "POST", key=""),
    "version": Request("/version", key=""),
    "load": Request("/load", key=""),
    "metrics": Request("/metrics", key=""),
    "models": Request("/v1/models"),
    "models without a key": Request("/v1/models", key=""),
    "models with a wrong key": Request("/v1/models", key="wrong"),
    "an unknown path": Request("/nope", key=""),
    "an unknown path of the API": Request("/v1/nope"),
    "an unknown path of the API without a key": Request("/v1/nope", key=""),
    "the wrong method": Request("/v1/models", "DELETE"),
    "embeddings of a chat model": post("/v1/embeddings", model=MODEL, input="x"),
    "chat": _chat(),
    "chat of no model": _chat(model=None),
    "chat cut off": _chat(max_tokens=3),
    "chat in parts": _chat([{"type": "text", "text": "x"}]),
    "chat streamed": _chat(stream=True),
    "chat streamed with usage": _chat(**USAGE),
    "chat streamed and cut off": _chat(max_tokens=3, **USAGE),
    "tool call": _with_tool(),
    "tool call streamed": _with_tool(**USAGE),
    "tool call required": _with_tool("required"),
    "tool call required and streamed": _with_tool("required", stream=True),
    "tool call by name": _with_tool(NAMED),
    "tool call by name, streamed": _with_tool(NAMED, stream=True),
    "tool call forbidden": _with_tool("none"),
    "after the tool's answer": _with_tool(messages=ANSWERED),
    "tool call by another name": _with_tool({"type": "function", "function": {"name": "nope"}}),
    "tool call without tools": _chat(tool_choice="required"),
    "an unknown model": _chat(model="nope", says="The model `nope` does not exist."),
    "a picture": _chat(PICTURE, says="is not a multimodal model"),
    "too long a prompt": _chat("word " * 3000, says="maximum context length is"),
    "too many tokens": _chat(max_tokens=100_000, says="cannot be greater than max_model_len"),
    "no tokens": _chat(max_tokens=0, says="max_tokens must be at least 1"),
    "a negative temperature": _chat(temperature=-1, says="temperature must be non-negative"),
    "no messages": post(CHAT, model=MODEL),
    "empty messages": _chat(messages=[]),
    "half a body": Request(CHAT, "POST", {"content": "{", "headers": {"Content-Type": "application/json"}}),
    "a list as body": Request(CHAT, "POST", {"json": []}),
    "completion": _complete(),
    "completion cut off": _complete(max_tokens=3),
    "completion streamed": _complete(stream=True),
    "completion streamed with usage": _complete(**USAGE),
    "completion streamed and cut off": _complete(max_tokens=3, stream=True),
    "completion of an unknown model": _complete(model="nope"),
    "no prompt": post(COMPLETIONS, model=MODEL),
}

EMPTY = {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}}
SAVE = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "t"}}
DRAW = {"1": EMPTY, "2": SAVE}
LOADER = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "nope.safetensors"}}
LATENT = {"class_type": "EmptyLatentImage", "inputs": {"width": 8, "height": 8, "batch_size": 1}}
DECODE = {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["3", 2]}}


def _prompt(says: str = "", **nodes: Any) -> Request:
    return post("/prompt", says, prompt=nodes)


COMFYUI = {
    "statistics": Request("/system_stats"),
    "features": Request("/features"),
    "queue": Request("/queue"),
    "status": Request("/api/prompt"),
    "no history": Request("/history/id-nope"),
    "no file": Request("/view?filename=nope.png"),
    "an unknown path": Request("/metrics"),
    "a node": Request("/object_info/EmptyImage"),
    "an unknown node": Request("/object_info/Nope"),
    "free": Request("/free", "POST", {"json": {}}),
    "interrupt": Request("/interrupt", "POST"),
    "half a body": Request("/prompt", "POST", {"content": "{"}),
    "nothing to do": post("/prompt"),
    "no output": _prompt(**{"1": EMPTY}),
    "no class": _prompt(**{"1": {"inputs": {}}}),
    "no such class": _prompt("node Nope does not exist", **{"1": {"class_type": "Nope", "inputs": {}}}),
    "an input is missing": _prompt("Required input is missing", **{"2": {"class_type": "SaveImage", "inputs": {}}}),
    "a number is a word": _prompt(**{"1": EMPTY | {"inputs": EMPTY["inputs"] | {"width": "wide"}}, "2": SAVE}),
    "a link of the wrong type": _prompt(**{"1": LOADER, "2": SAVE}),
    "no such checkpoint": _prompt(
        "ckpt_name: 'nope.safetensors' not in", **{"1": DECODE, "2": SAVE, "3": LOADER, "4": LATENT}
    ),
    "a picture": post("/prompt", prompt=DRAW),
    "what a websocket hears": Request(
        "/prompt", "POST", {"json": {"prompt": DRAW, "prompt_id": "id-1", "client_id": "c"}}, heard=True
    ),
    "history": Request("/history/id-1"),
    "file": Request("/view?filename=t_00001_.png&type=output&subfolder="),
}

STT, TTS = "Systran/faster-whisper-small", "speaches-ai/Kokoro-82M-v1.0-ONNX"
SPEECH_PATH, TRANSCRIPTIONS = "/v1/audio/speech", "/v1/audio/transcriptions"


def _silence(seconds: float = 1) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(bytes(int(seconds * 32000)))
    return file.getvalue()


def _speak(**body: Any) -> Request:
    return post(SPEECH_PATH, **{"model": TTS, "input": "one two", "voice": "af_heart", **body})


def _hear(content: bytes | None = None, says: str = "", **fields: str) -> Request:
    files = {"file": ("a.wav", _silence() if content is None else content)}
    return Request(TRANSCRIPTIONS, "POST", {"files": files, "data": {"model": STT, **fields}}, says=says)


SPEACHES = {
    "health": Request("/health", key=""),
    "no key": Request("/v1/models", key="", says="API key required"),
    "a wrong key": Request("/v1/models", key="wrong", says="Invalid API key"),
    "an unknown path": Request("/nope", key=""),
    "the wrong method": Request(SPEECH_PATH),
    "models": Request("/v1/models"),
    "a model": Request(f"/v1/models/{STT}"),
    "an unknown model": Request("/v1/models/no/such"),
    "models that speak": Request("/v1/audio/models"),
    "voices": Request("/v1/audio/voices"),
    "loaded models": Request("/api/ps"),
    "a download without the hub": Request("/v1/models/no/such", "POST"),
    "speech": _speak(),
    "speech as WAV": _speak(response_format="wav"),
    "speech as PCM": _speak(response_format="pcm"),
    "speech as events": _speak(stream_format="sse"),
    "speech by a voice of OpenAI": _speak(voice="alloy"),
    "speech by a model that is not there": _speak(model="no/such"),
    "speech by a model that hears": _speak(model=STT),
    "speech without a voice": post(SPEECH_PATH, model=TTS, input="x"),
    "speech in an unknown format": _speak(response_format="midi"),
    "half a body": Request(SPEECH_PATH, "POST", {"content": "{", "headers": {"Content-Type": "application/json"}}),
    "transcription": _hear(),
    "transcription as text": _hear(response_format="text"),
    "transcription with times": _hear(response_format="verbose_json"),
    "subtitles": _hear(response_format="srt"),
    "subtitles for the web": _hear(response_format="vtt"),
    "transcription as events": _hear(stream="true"),
    "transcription of no sound": _hear(b"no sound at all", says="not supported"),
    "transcription in an unknown format": _hear(response_format="midi"),
    "transcription by a model that is not there": _hear(model="no/such", says="is not installed locally"),
    "transcription by a model that speaks": _hear(model=TTS, says="is not supported"),
    "transcription of no file": Request(TRANSCRIPTIONS, "POST", {"data": {"model": STT}}),
}
