"""The models of the mock of Speaches: the folders of the hub's cache, by what the model's card says of them."""

import os
import re
from pathlib import Path

from mocks.flags import FOLDER
from mocks.server import Refusal

TRANSCRIPTION, SPEECH = "automatic-speech-recognition", "text-to-speech"
LIBRARIES = {TRANSCRIPTION: "ctranslate2", SPEECH: "onnx"}
ALIASES = {
    "tts-1": "speaches-ai/Kokoro-82M-v1.0-ONNX",
    "tts-1-hd": "speaches-ai/Kokoro-82M-v1.0-ONNX",
    "whisper-1": "Systran/faster-whisper-large-v3",
}
LANGUAGES = {
    "a": "en-us",
    "b": "en-gb",
    "e": "es",
    "f": "fr-fr",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt-br",
    "z": "zh",
}


def installed() -> dict[str, str]:
    """The kind of each model that has a card; "" for one that Speaches does not support."""
    hub = Path(os.environ.get("HF_HUB_CACHE", Path.home() / ".cache/huggingface/hub"))
    cards = sorted(hub.glob("models--*--*/snapshots/*/README.md"))
    names = [card.parents[2].name.removeprefix("models--").replace("--", "/") for card in cards]
    return {name: kind for name, card in zip(names, cards, strict=True) if (kind := _kind(card.read_text()))}


def _kind(text: str) -> str:
    found = dict(re.findall(r"^(\w+): *(\S+)", text, re.MULTILINE))
    kind = found.get("pipeline_tag", "")
    return kind if LIBRARIES.get(kind) == found.get("library_name") else ""


def need(name: str, kind: str) -> None:
    """Refuses a model that is not installed, or not of a kind."""
    name = ALIASES.get(name, name)
    if name not in installed():
        detail = f"Model '{name}' is not installed locally. You can download the model using `POST /v1/models`"
        raise Refusal(404, {"detail": detail})
    if installed()[name] != kind:
        detail = f"Model '{name}' is not supported. If you think this is a mistake, please open an issue."
        raise Refusal(404, {"detail": detail})


def _lists() -> dict[str, list[str]]:
    """Kokoro's voices, and OpenAI's, in whose place it takes its first one: from the data file of the checks."""
    text = (FOLDER / "kokoro_voices.yaml").read_text()
    return {name: re.findall(r"\w+", names) for name, names in re.findall(r"^(\w+): \[(.*?)\]", text, re.M | re.S)}


def accepted_voices() -> set[str]:
    """The voices that a request may name."""
    return {voice for names in _lists().values() for voice in names}


def voices() -> list[dict]:
    """The voices of Kokoro."""
    names = _lists()["voices"]
    genders = {"f": "female", "m": "male"}
    return [{"name": n, "language": LANGUAGES[n[0]], "gender": genders[n[1]], "id": n} for n in names]


def card(name: str, kind: str) -> dict:
    """A model in the list of models."""
    about = {"id": name, "created": 0, "object": "model", "owned_by": name.partition("/")[0], "language": []}
    spoken = {"sample_rate": 24000, "voices": voices()} if kind == SPEECH else {}
    return {**about, "task": kind, **spoken}
