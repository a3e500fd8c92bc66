"""Tests every route of the gateway for its purpose, and ComfyUI with a picture; exits with 1 if one of them is dead.

ROUTES is a JSON list of {id, name, mode, own, tokens}: a request names the id of a route, so that no other backend can
answer for a dead one (for moderation LiteLLM only knows names); tokens is the longest input, 0 if it is unknown. The
script only uses Python's standard library, because it runs in the gateway's image.
"""

import io
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import wave
import zlib

GATEWAY, KEY = os.environ["GATEWAY_URL"], os.environ["LITELLM_MASTER_KEY"]
COMFYUI = os.environ.get("COMFYUI_URL", "")
TIMEOUT_SECONDS = float(os.environ["TIMEOUT_SECONDS"])
WORDS = "Say one word."
GATEWAY_SECONDS = min(60, TIMEOUT_SECONDS)
LONG_WORDS = 700
"""Longer than 512 tokens, where a llama-server with too small a batch fails; a word is about one token."""
DRAWN = json.loads(os.environ.get("PICTURE", "{}"))
NO_MODEL = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
    "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
}


def send(url, body=None, kind="application/json", key="", seconds=TIMEOUT_SECONDS):
    headers = {"Content-Type": kind, **({"Authorization": f"Bearer {key}"} if key else {})}
    content = json.dumps(body).encode() if kind == "application/json" and body is not None else body
    with urllib.request.urlopen(urllib.request.Request(url, content, headers), timeout=seconds) as answer:
        return answer.read()


def ask(path, **body):
    return json.loads(send(f"{GATEWAY}/v1/{path}", body, key=KEY))


def chat(model, _):
    message = ask("chat/completions", model=model, max_tokens=16, messages=[{"role": "user", "content": WORDS}])
    return message["choices"][0]["message"]["role"] == "assistant"


def completion(model, _):
    return "text" in ask("completions", model=model, max_tokens=4, prompt=WORDS)["choices"][0]


def responses(model, _):
    return len(ask("responses", model=model, input=WORDS, max_output_tokens=16)["output"]) > 0


def moderation(model, _):
    return len(ask("moderations", model=model, input=WORDS)["results"]) == 1


def embedding(model, tokens):
    return len(ask("embeddings", model=model, input=document(tokens))["data"][0]["embedding"]) > 1


def rerank(model, tokens):
    return len(ask("rerank", model=model, query=WORDS, documents=["one", document(tokens)])["results"]) > 0


def document(tokens):
    """A text as long as a chunk of a document, with room for what a model adds; short if the limit is unknown."""
    return "word " * min(LONG_WORDS, tokens * 3 // 4) or WORDS


def speech(model, _):
    body = {"model": model, "input": WORDS, "voice": os.environ["VOICE"], "response_format": "wav"}
    return len(send(f"{GATEWAY}/v1/audio/speech", body, key=KEY)) > 100


def transcription(model, _):
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(32000))
    return "text" in upload("audio/transcriptions", "file", "a.wav", "audio/wav", sound.getvalue(), model=model)


def upload(path, name, filename, kind, content, **fields):
    """The answer to a form with a file."""
    edge = uuid.uuid4().hex
    form = "Content-Disposition: form-data; name="
    parts = "".join(f'--{edge}\r\n{form}"{field}"\r\n\r\n{value}\r\n' for field, value in fields.items())
    head = f'{parts}--{edge}\r\n{form}"{name}"; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    return json.loads(send(f"{GATEWAY}/v1/{path}", body, f"multipart/form-data; boundary={edge}", KEY))


def image(model, _):
    return len(ask("images/generations", model=model, prompt=WORDS, n=1)["data"]) == 1


def image_edit(model, _):
    answer = upload("images/edits", "image", "a.png", "image/png", white_square(), model=model, prompt=WORDS)
    return len(answer["data"]) == 1


def white_square(side=64):
    """A PNG: header, one chunk of compressed rows, end."""
    rows = zlib.compress((b"\0" + b"\xff" * 3 * side) * side)
    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    )


def workflow():
    """The workflow that the chat page would send; if pictures are off there, one that needs no model."""
    nodes = json.loads(DRAWN["workflow"]) if DRAWN else NO_MODEL
    for entry in DRAWN.get("nodes", []):
        kind, key = entry.get("type"), entry.get("key") or "text"
        for name in entry.get("node_ids", []):
            nodes[name]["inputs"][key] = DRAWN["inputs"].get(kind) if kind else entry.get("value")
    return nodes


def comfyui(*_):
    identity = json.loads(send(f"{COMFYUI}/prompt", {"prompt": workflow()}))["prompt_id"]
    until = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < until:
        found = json.loads(send(f"{COMFYUI}/history/{identity}"))
        if found:
            return shown(found[identity])
        time.sleep(0.5)
    return False


def shown(done):
    pictures = [picture for output in done["outputs"].values() for picture in output.get("images", [])]
    if not pictures:
        raise ValueError(f"ComfyUI returned no picture: {json.dumps(done.get('status'))[-300:]}")
    names = {key: pictures[0][key] for key in ("filename", "type", "subfolder")}
    return len(send(f"{COMFYUI}/view?{urllib.parse.urlencode(names)}")) > 0


QUESTIONS = {
    "chat": [chat],
    "completion": [completion],
    "responses": [responses],
    "embedding": [embedding],
    "rerank": [rerank],
    "moderation": [moderation],
    "audio_speech": [speech],
    "audio_transcription": [transcription],
    "image_generation": [image],
    "image_edit": [image_edit],
}
"""The questions of each mode; the others (video_generation, ocr, realtime) are not asked."""


def why_not():
    """Why the gateway does not answer, or "" if it does. It may still be starting."""
    until = time.monotonic() + GATEWAY_SECONDS
    while True:
        try:
            send(f"{GATEWAY}/health/readiness", seconds=10)
            return ""
        except OSError as error:
            if time.monotonic() > until:
                return str(getattr(error, "reason", error))
        time.sleep(1)


def try_one(what, name, question, *arguments):
    started = time.monotonic()
    try:
        problem = "" if question(*arguments) else "the answer is empty"
    except urllib.error.HTTPError as error:
        problem = f"HTTP {error.code}: {' '.join(error.read().decode(errors='replace').split())[:300]}"
    except (OSError, KeyError, IndexError, ValueError, TypeError) as error:
        problem = f"{type(error).__name__}: {error}"
    print(
        f"{'DEAD' if problem else 'ok':5}{name} ({what}), {time.monotonic() - started:.1f} s  {problem}".rstrip(),
        flush=True,
    )
    return not problem


def main():
    routes = json.loads(os.environ["ROUTES"])
    if routes and (reason := why_not()):
        sys.exit(f"the gateway at {GATEWAY} does not answer: {reason}; see kubectl describe of its pod, and its log")
    results = []
    for route in routes:
        questions = QUESTIONS.get(route["mode"], [])
        if not questions:
            print(f"skip {route['name']} by {route['id']}: no question for {route['mode']}")
        if route["mode"] == "chat" and route["own"]:
            questions = [*questions, completion]
        for question in questions:
            name = f"{route['name']} by {route['id']}"
            model = route["name" if question is moderation else "id"]
            results.append(try_one(question.__name__, name, question, model, route["tokens"]))
    if COMFYUI:
        results.append(try_one("picture", "ComfyUI", comfyui))
    dead = results.count(False)
    print(f"{len(results)} requests, {dead} dead" if results else "there is no route to test")
    sys.exit(1 if dead or not results else 0)


main()
