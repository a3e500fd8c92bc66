"""The shape of an answer: its status, the headers that clients read, and the keys and types of its content.

A shape is YAML: a map of keys, a list of the different shapes of a list's items, the name of a type, or `is VALUE` for
the values by which clients tell answers apart (CONSTANT). Of a stream, events of the same shape count once. A map whose
keys are identities is `ID` with the shapes of its values.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

import httpx

CONSTANT = {"object", "type", "role", "finish_reason", "code", "status_str", "owned_by"}
HEADERS = ("Content-Type", "Allow", "WWW-Authenticate")
MAGIC = {b"\x89PNG": "a PNG", b"RIFF": "a WAV", b"\xff\xfb": "an MP3", b"\xff\xf3": "an MP3", b"ID3": "an MP3"}
SAMPLE = re.compile(r"^(\w[\w:]*)(?:\{(.*)\})? ", re.MULTILINE)
IDENTITY = re.compile(r"\d+|id-.*")
END = "[DONE]"


def of_answer(answer: httpx.Response) -> dict[str, Any]:
    """The shape of an HTTP answer."""
    headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
    return {"status": answer.status_code, **headers, "content": _of_content(answer)}


def _of_content(answer: httpx.Response) -> Any:
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if not answer.content:
        return "empty"
    if kind == "application/json":
        return of(answer.json())
    if kind == "text/event-stream":
        return of_events(line.removeprefix("data: ") for line in answer.text.splitlines() if line)
    if "version=" in answer.headers.get("Content-Type", ""):
        return {name: sorted(re.findall(r'(\w+)="', labels)) for name, labels in SAMPLE.findall(answer.text)}
    for magic, name in MAGIC.items():
        if answer.content.startswith(magic):
            return name
    return "text"


def of_events(events: Iterable[str]) -> list[Any]:
    """The shapes of a stream's events, each run of equal ones once."""
    shapes: list[Any] = []
    for event in events:
        shape = END if event == END else of(json.loads(event))
        if not shapes or shapes[-1] != shape:
            shapes.append(shape)
    return shapes


def of(content: Any, key: str = "") -> Any:
    """The shape of JSON content. key: the key that holds it."""
    if isinstance(content, dict) and content and all(IDENTITY.fullmatch(name) for name in content):
        return {"ID": of(list(content.values()))}
    if isinstance(content, dict):
        return {name: of(value, name) for name, value in sorted(content.items())}
    if isinstance(content, list):
        shapes: list[Any] = []
        for item in content:
            if (shape := of(item)) not in shapes:
                shapes.append(shape)
        return shapes
    if key in CONSTANT and isinstance(content, str | int):
        return f"is {content}"
    types = {str: "text", bool: "boolean", int: "number", float: "number", type(None): "nothing"}
    return types[type(content)]


def differences(real: Any, mock: Any, place: str = "") -> dict[str, str]:
    """How the shape of a mock differs from the real one, by place."""
    if isinstance(real, dict) and isinstance(mock, dict):
        found = {}
        for key in sorted({*real, *mock}):
            at = f"{place}.{key}" if place else key
            if key not in mock:
                found[at] = "missing"
            elif key not in real:
                found[at] = "only the mock has it"
            else:
                found |= differences(real[key], mock[key], at)
        return found
    if isinstance(real, list) and isinstance(mock, list) and len(real) == len(mock):
        return {
            at: text
            for number, pair in enumerate(zip(real, mock, strict=True))
            for at, text in differences(*pair, f"{place}[{number}]").items()
        }
    return {} if real == mock else {place: f"{_short(mock)} instead of {_short(real)}"}


def _short(shape: Any) -> str:
    return f"{len(shape)} shapes" if isinstance(shape, list) else "a map" if isinstance(shape, dict) else str(shape)
