"""What the mock of vLLM says: a tool call that a request asks for, the JSON of a task of Open WebUI, or words.

Open WebUI 0.12.4 asks for titles, tags and the like with prompts that begin with `### Task:` and show the JSON they
want (open_webui/config.py), and offers its own tools, such as generate_image, with each chat (utils/tools.py).
"""

import json
import re
from dataclasses import dataclass
from itertools import count, cycle, islice

WORDS = ["The", "mock", "of", "vLLM", "has", "read", "your", "words", "and", "answers", "with", "these", "."]
TASK = "### Task:"
ASKED_KEY = re.compile(r'\{\s*"(title|tags|follow_ups|queries|prompt|text)":')
QUESTION = re.compile(r"<chat_history>.*?^USER: (.*?)$", re.MULTILINE | re.DOTALL)
TITLE_WORDS = 4
PICTURE = {"draw", "paint", "picture", "image", "photo", "drawing", "painting", "illustration"}
SHORT = 5
"""A tool is called if the user says the last word of its name, which is long enough to mean something."""
FREE_TEXT = ("prompt", "query", "text", "content", "message", "question")
numbers = count(1)


@dataclass(frozen=True)
class Answer:
    """An answer: its words, or a call of a tool, and why it ends. text: the words, or what comes with the call."""

    words: list[str]
    call: dict
    reason: str
    text: str | None

    @property
    def tokens(self) -> int:
        """The number of words; a call counts as one."""
        return len(self.words) or 1


def answer(body: dict, *, chat: bool) -> Answer:
    """The answer to a request that is known to be valid. Words go on until the limit of tokens, if there is one."""
    if chat and (call := _tool_call(body)):
        choice = body.get("tool_choice") or "auto"
        return Answer([], call, "stop" if isinstance(choice, dict) else "tool_calls", None if choice == "auto" else "")
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    asked = _asked_json(body) if chat else ""
    if asked:
        words = re.findall(r"\S+\s*", asked)
        return _speech(words[:limit], cut=bool(limit and len(words) > limit))
    words = list(islice(cycle(WORDS), limit or len(WORDS)))
    return _speech([words[0], *(f" {word}" for word in words[1:])], cut=bool(limit))


def _speech(words: list[str], *, cut: bool) -> Answer:
    return Answer(words, {}, "length" if cut else "stop", "".join(words))


def question(body: dict) -> str:
    """The text of the last message of the user."""
    said = [message for message in body.get("messages") or [] if message.get("role") == "user"]
    return text_of(said[-1]) if said else ""


def text_of(message: dict) -> str:
    """The text of a message, whose content may be in parts."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


def _asked_json(body: dict) -> str:
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        return json.dumps(_value({"type": "object", **wanted["json_schema"].get("schema", {})}, "", "mock"))
    prompt = question(body)
    key = ASKED_KEY.search(prompt)
    return _task(key[1], prompt) if prompt.startswith(TASK) and key else ""


def _task(key: str, prompt: str) -> str:
    found = QUESTION.search(prompt)
    subject = found[1].strip() if found else "the chat"
    title = " ".join(re.findall(r"\w+", subject)[:TITLE_WORDS]).capitalize()
    answers = {
        "title": title,
        "tags": ["General", "Mock"],
        "follow_ups": [f"Tell me more: {title}", f"Why: {title}?", "Say it in one sentence"],
        "queries": [subject],
        "prompt": subject,
        "text": " and so on",
    }
    return json.dumps({key: answers[key]}, ensure_ascii=False)


def _tool_call(body: dict) -> dict:
    """The call that the request forces, or that the user's last message asks for; {} if there is none."""
    functions = [tool["function"] for tool in body.get("tools") or [] if tool.get("type") == "function"]
    choice = body.get("tool_choice") or "auto"
    if choice == "none" or not functions:
        return {}
    asked = question(body)
    if isinstance(choice, dict):
        chosen = [function for function in functions if function["name"] == choice["function"]["name"]]
    else:
        chosen = [function for function in functions if _is_asked_for(function["name"], asked)]
        if choice == "required":
            chosen = chosen or functions
        elif body["messages"][-1].get("role") != "user":
            return {}  # the tool has answered
    return _call(chosen[0], asked) if chosen else {}


def _is_asked_for(name: str, text: str) -> bool:
    words = {word.lower() for word in re.findall(r"\w+", text)}
    last = name.rpartition("_")[2].lower()
    return bool(words & PICTURE) if name == "generate_image" else len(last) >= SHORT and last in words


def _call(function: dict, asked: str) -> dict:
    schema = {**(function.get("parameters") or {}), "type": "object"}
    arguments = json.dumps(_value(schema, "", asked), ensure_ascii=False)
    called = {"name": function["name"], "arguments": arguments}
    return {"id": f"chatcmpl-tool-{next(numbers):016x}", "type": "function", "function": called}


def _value(schema: dict, name: str, asked: str) -> object:
    """A value that a JSON schema allows: of an object only what is required, for a text what was asked."""
    if choices := schema.get("enum"):
        return choices[0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", "string")
    if kind == "object":
        known = schema.get("properties") or {}
        return {key: _value(known.get(key, {}), key, asked) for key in schema.get("required") or []}
    simple = {"integer": 1, "number": 1.0, "boolean": True, "array": [], "null": None}
    return simple.get(kind, asked if name in FREE_TEXT else "mock")
