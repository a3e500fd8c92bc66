"""Requests that show whether each route of the gateway serves its purpose, and how fast.

`helm test` runs this file in the gateway's image, so it needs nothing but Python's standard library; `ai-server smoke`
imports it. A route is {id, name, mode, own, tokens, tools, vision}: a request names its id, so that no other backend
can answer for a dead one (for moderation LiteLLM only knows names); tokens is the longest input, 0 if it is unknown;
tools and vision say whether the gateway promises tool calls and the reading of pictures. A question returns what it
measured.
"""

import base64
import io
import json
import os
import sys
import textwrap
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import wave
import zlib

WORDS = "Say one word."
STORY = "Tell a story about a lighthouse and a whale."
ANSWER_TOKENS = 48
LONGEST_ERROR = 300
LONG_WORDS = 700
"""Longer than 512 tokens, where a llama-server with too small a batch fails; a word is about one token."""
PROMPT_WORDS = 2000
WHO_ANSWERED = "x-litellm-model-id"
NO_MODEL = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
    "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Useless(ValueError):
    """An answer that does not serve the purpose of its route."""


class Server:
    """A server to ask. answered_by: the id of the route that gave the last answer, "" if the server does not say."""

    def __init__(self, url, key="", seconds=300.0, voice=""):
        self.url, self.key, self.seconds, self.voice = url.rstrip("/"), key, seconds, voice
        self.answered_by = ""

    def open(self, path, body=None, kind="application/json", seconds=0.0):
        """An open answer, to read from. OSError if there is none, HTTPError if it is a refusal."""
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {self.key}"} if self.key else {})}
        content = json.dumps(body).encode() if kind == "application/json" and body is not None else body
        request = urllib.request.Request(f"{self.url}/{path}", content, headers)
        answer = urllib.request.urlopen(request, timeout=seconds or self.seconds)
        self.answered_by = answer.headers.get(WHO_ANSWERED, "")
        return answer

    def send(self, path, body=None, kind="application/json", seconds=0.0):
        with self.open(path, body, kind, seconds) as answer:
            return answer.read()

    def ask(self, path, **body):
        return json.loads(self.send(f"v1/{path}", body))

    def upload(self, path, name, filename, kind, content, **fields):
        """The answer to a form with a file."""
        edge = uuid.uuid4().hex
        form = "Content-Disposition: form-data; name="
        parts = "".join(f'--{edge}\r\n{form}"{field}"\r\n\r\n{value}\r\n' for field, value in fields.items())
        head = f'{parts}--{edge}\r\n{form}"{name}"; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        return json.loads(self.send(f"v1/{path}", body, f"multipart/form-data; boundary={edge}"))

    def stream(self, path, **body):
        """The events of a streamed answer, each with the seconds since the request."""
        begin = time.monotonic()
        with self.open(f"v1/{path}", {**body, "stream": True, "stream_options": {"include_usage": True}}) as answer:
            for line in answer:
                if line.startswith(b"data: {"):
                    yield time.monotonic() - begin, json.loads(line[6:])


def short(text):
    """A text in one line; a long one is cut after a word."""
    line = " ".join(text.split())
    cut = textwrap.shorten(line, LONGEST_ERROR, placeholder=" ...")
    # a text without spaces has no word to cut after
    return line[:LONGEST_ERROR] if cut == "..." else cut


def message(error):
    """The message of an error in an answer; all of it if it has none."""
    text = error.get("message") if isinstance(error, dict) else error
    return short(text if isinstance(text, str) and text else json.dumps(error))


def refusal(error):
    """Why a server refused a request: the message in its JSON, or else what it answered."""
    text = error.read().decode(errors="replace")
    try:
        content = json.loads(text)
        # ComfyUI names what it lacks in node_errors only
        reason = short(text) if content.get("node_errors") else message(content["error"])
    except (ValueError, KeyError, TypeError, AttributeError):
        reason = short(text)
    return f"HTTP {error.code}: {reason}"


def said(text):
    return [{"role": "user", "content": text}]


def generate(server, path, **body):
    """A streamed answer: the time to its first token, and tokens per second after that one."""
    times, tokens, ended = [], 0, False
    for seconds, event in server.stream(path, max_tokens=ANSWER_TOKENS, **body):
        if "error" in event:
            raise Useless(f"the answer ends with an error: {message(event['error'])}")
        tokens = (event.get("usage") or {}).get("completion_tokens") or tokens
        ended = ended or any(choice.get("finish_reason") for choice in event.get("choices") or [])
        times += [seconds for choice in event.get("choices") or [] if has_text(choice)]
    if not times and not ended:
        raise Useless("the answer is empty")
    if not times:
        return {}  # the model ended it at once, as it may
    rest = times[-1] - times[0]
    # a server may send several tokens in one event
    speed = {"tokens_per_second": round((max(tokens, len(times)) - 1) / rest, 1)} if rest > 0 else {}
    return {"first_token_seconds": round(times[0], 3), **speed}


def has_text(choice):
    """Whether a piece of an answer has a word: of the answer itself, of its reasoning, or of a tool call."""
    return bool(
        choice.get("text") or [value for name, value in (choice.get("delta") or {}).items() if name != "role" and value]
    )


def chat(server, route):
    return generate(server, "chat/completions", model=route["id"], messages=said(STORY))


def completion(server, route):
    return generate(server, "completions", model=route["id"], prompt=STORY)


def prompt(server, route):
    """How fast a long prompt is read. Its first word is new each time, so that no cache can help."""
    text = f"{uuid.uuid4().hex} " + "word " * PROMPT_WORDS
    begin = time.monotonic()
    answer = server.ask("chat/completions", model=route["id"], max_tokens=1, messages=said(text))
    tokens = answer["usage"]["prompt_tokens"]
    return {"prompt_tokens": tokens, "prompt_tokens_per_second": round(tokens / (time.monotonic() - begin), 1)}


def tool_call(server, route):
    question = said("What is the weather in Paris? Use the tool.")
    answer = server.ask("chat/completions", model=route["id"], max_tokens=1024, messages=question, tools=[WEATHER])
    message = answer["choices"][0]["message"]
    if not message.get("tool_calls"):
        raise Useless(f"the model called no tool, but answered {str(message.get('content'))[:80]!r}")
    json.loads(message["tool_calls"][0]["function"]["arguments"])
    return {}


def vision(server, route):
    url = f"data:image/png;base64,{base64.b64encode(white_square()).decode()}"
    content = [{"type": "text", "text": WORDS}, {"type": "image_url", "image_url": {"url": url}}]
    server.ask("chat/completions", model=route["id"], max_tokens=4, messages=[{"role": "user", "content": content}])
    return {}


def responses(server, route):
    return some(server.ask("responses", model=route["id"], input=WORDS, max_output_tokens=16)["output"])


def moderation(server, route):
    return some(server.ask("moderations", model=route["name"], input=WORDS)["results"])


def embedding(server, route):
    vector = server.ask("embeddings", model=route["id"], input=document(route["tokens"]))["data"][0]["embedding"]
    return {**some(vector), "dimensions": len(vector)}


def rerank(server, route):
    documents = ["one", document(route["tokens"])]
    return some(server.ask("rerank", model=route["id"], query=WORDS, documents=documents)["results"])


def some(content):
    if not content:
        raise Useless("the answer is empty")
    return {}


def document(tokens):
    """A text as long as a chunk of a document, with room for what a model adds; short if the limit is unknown."""
    return "word " * min(LONG_WORDS, tokens * 3 // 4) or WORDS


def speech(server, route):
    body = {"model": route["id"], "input": WORDS, "voice": server.voice, "response_format": "wav"}
    sound = server.send("v1/audio/speech", body)
    return some(sound if len(sound) > 100 else b"")


def transcription(server, route):
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(32000))
    answer = server.upload("audio/transcriptions", "file", "a.wav", "audio/wav", sound.getvalue(), model=route["id"])
    return some("text" in answer)


def image(server, route):
    return some(server.ask("images/generations", model=route["id"], prompt=WORDS, n=1)["data"])


def image_edit(server, route):
    answer = server.upload(
        "images/edits", "image", "a.png", "image/png", white_square(), model=route["id"], prompt=WORDS
    )
    return some(answer["data"])


def white_square(side=64):
    """A PNG: header, one chunk of compressed rows, end."""
    rows = zlib.compress((b"\0" + b"\xff" * 3 * side) * side)
    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    )


def workflow(drawn):
    """The workflow that the chat page would send; if pictures are off there, one that needs no model."""
    nodes = json.loads(drawn["workflow"]) if drawn else NO_MODEL
    for entry in drawn.get("nodes", []):
        kind, key = entry.get("type"), entry.get("key") or "text"
        for name in entry.get("node_ids", []):
            nodes[name]["inputs"][key] = drawn["inputs"].get(kind) if kind else entry.get("value")
    return nodes


def picture(comfyui, drawn):
    """A picture by ComfyUI's own API. drawn: what the chat page would send, {} if it shows no pictures."""
    identity = json.loads(comfyui.send("prompt", {"prompt": workflow(drawn)}))["prompt_id"]
    until = time.monotonic() + comfyui.seconds
    while time.monotonic() < until:
        found = json.loads(comfyui.send(f"history/{identity}"))
        if found:
            return shown(comfyui, found[identity])
        time.sleep(0.5)
    raise Useless(f"no picture after {comfyui.seconds:.0f} s")


def shown(comfyui, done):
    pictures = [picture for output in done["outputs"].values() for picture in output.get("images", [])]
    if not pictures:
        raise Useless(f"ComfyUI returned no picture: {json.dumps(done.get('status'))[-300:]}")
    names = {key: pictures[0][key] for key in ("filename", "type", "subfolder")}
    return some(comfyui.send(f"view?{urllib.parse.urlencode(names)}"))


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


def questions(route):
    """The questions for a route: those of its mode, and what else the gateway promises for a chat model."""
    more = {completion: route["own"], tool_call: route.get("tools"), vision: route.get("vision")}
    return QUESTIONS.get(route["mode"], []) + [ask for ask, also in more.items() if also and route["mode"] == "chat"]


def why_not(server):
    """Why the gateway does not answer, or "" if it does. It may still be starting."""
    until = time.monotonic() + min(60, server.seconds)
    while True:
        try:
            server.send("health/readiness", seconds=10)
            return ""
        except OSError as error:
            if time.monotonic() > until:
                return str(getattr(error, "reason", error))
        time.sleep(1)


def tried(question, server, subject):
    """What a question about a route (or a picture) measured, and what is wrong with the answer, "" if nothing is."""
    try:
        measured = question(server, subject)
        if question is not moderation and server.answered_by not in ("", subject.get("id")):
            raise Useless(f"{server.answered_by} answered instead")
        return measured, ""
    except urllib.error.HTTPError as error:
        return {}, refusal(error)
    except Useless as error:
        return {}, str(error)
    except (OSError, KeyError, IndexError, ValueError, TypeError) as error:
        return {}, f"{type(error).__name__}: {error}"


def report(name, question, server, subject):
    started = time.monotonic()
    measured, problem = tried(question, server, subject)
    words = problem or ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in measured.items())
    state = "DEAD" if problem else "ok"
    what = question.__name__.replace("_", " ")
    print(f"{state:5}{name} ({what}), {time.monotonic() - started:.1f} s  {words}".rstrip(), flush=True)
    return not problem


def main():
    routes, drawn = json.loads(os.environ["ROUTES"]), json.loads(os.environ.get("PICTURE", "{}"))
    seconds = float(os.environ["TIMEOUT_SECONDS"])
    gateway = Server(os.environ["GATEWAY_URL"], os.environ["LITELLM_MASTER_KEY"], seconds, os.environ.get("VOICE", ""))
    if routes and (reason := why_not(gateway)):
        sys.exit(
            f"the gateway at {gateway.url} does not answer: {reason}; see kubectl describe of its pod, and its log"
        )
    results = []
    for route in routes:
        name = f"{route['name']} by {route['id']}"
        if not questions(route):
            print(f"skip {name}: no question for {route['mode']}")
        results += [report(name, question, gateway, route) for question in questions(route)]
    if url := os.environ.get("COMFYUI_URL"):
        results.append(report("ComfyUI", picture, Server(url, seconds=seconds), drawn))
    dead = results.count(False)
    print(f"{len(results)} requests, {dead} dead" if results else "there is no route to test")
    sys.exit(1 if dead or not results else 0)


if __name__ == "__main__":
    main()
