"""What the mock of vLLM says, so that Open WebUI shows a title, asks for a picture and calls tools."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.mocks.packages import open_webui
from tests.mocks.test_mocks import running

GENERATE_IMAGE = {
    "name": "generate_image",
    "parameters": {
        "type": "object",
        "properties": {"prompt": {"type": "string"}, "size": {"type": "string"}},
        "required": ["prompt"],
    },
}
"""As open_webui/tools/builtin.py of Open WebUI 0.12.4 offers it, next to others such as these."""
OTHERS = [{"name": name, "parameters": {"type": "object"}} for name in ("get_current_timestamp", "search_chats")]
TOOLS = [{"type": "function", "function": function} for function in (*OTHERS, GENERATE_IMAGE)]
TASKS = {
    "TITLE": {"title": "Why do whales sing"},
    "TAGS": {"tags": ["General", "Mock"]},
    "QUERY": {"queries": ["Why do whales sing in winter?"]},
    "IMAGE_PROMPT": {"prompt": "Why do whales sing in winter?"},
}


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The mock, which parses tool calls and has a context of 64,000 tokens."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "config.json").write_text("{}")
    flags = ["--max-model-len", "64k", "--enable-auto-tool-choice", "--tool-call-parser", "hermes"]
    with running("vllm", str(folder), "--served-model-name", "m", *flags, MOCK_TOKENS_PER_SECOND="1000") as (mock, _):
        yield mock


def message(vllm: httpx.Client, text: str, **body: Any) -> dict[str, Any]:
    """The message that answers a text."""
    asked = {"model": "m", "messages": [{"role": "user", "content": text}], **body}
    answer = vllm.post("/v1/chat/completions", json=asked).raise_for_status()
    return dict(answer.json()["choices"][0]["message"])


def called(found: dict[str, Any]) -> list[tuple[str, Any]]:
    calls = [call["function"] for call in found.get("tool_calls", [])]
    return [(function["name"], json.loads(function["arguments"])) for function in calls]


def test_the_context_of_a_model_is_in_its_list(vllm: httpx.Client) -> None:
    assert [model["max_model_len"] for model in vllm.get("/v1/models").json()["data"]] == [64_000]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("Draw a red fox.", [("generate_image", {"prompt": "Draw a red fox."})]),
        ("Show me the current timestamp", [("get_current_timestamp", {})]),
        ("Say hello in this chat.", []),
        ("Why do whales sing?", []),
    ],
)
def test_only_a_tool_that_the_user_asks_for_is_called(vllm: httpx.Client, text: str, calls: list[Any]) -> None:
    assert called(message(vllm, text, tools=TOOLS)) == calls


def test_a_second_picture_of_a_conversation_is_drawn_as_well(vllm: httpx.Client) -> None:
    first = {"role": "user", "content": "Draw a fox."}
    drawn = [{"role": "tool", "tool_call_id": "1", "content": "done"}, {"role": "assistant", "content": "Here it is."}]
    again = {"role": "user", "content": "Now paint a whale."}
    assert called(message(vllm, "", tools=TOOLS, messages=[first, *drawn, again]))[0][0] == "generate_image"
    assert not called(message(vllm, "", tools=TOOLS, messages=[first, drawn[0]]))


def test_a_server_without_a_parser_refuses_tools(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with running("vllm", str(tmp_path)) as (vllm, _):
        body = {"messages": [{"role": "user", "content": "x"}], "tools": TOOLS}
        refused = vllm.post("/v1/chat/completions", json=body)
    assert (refused.status_code, "--enable-auto-tool-choice" in refused.text) == (400, True)


def test_a_json_schema_is_answered_by_what_it_allows(vllm: httpx.Client) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}, "k": {"enum": ["a"]}}, "required": ["n", "k"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert json.loads(message(vllm, "x", response_format=wanted)["content"]) == {"n": 1, "k": "a"}


def prompts() -> dict[str, str]:
    """Open WebUI's own prompts of tasks, by name."""
    tree = ast.parse((open_webui() / "config.py").read_text())
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    return {
        target.id: str(node.value.value) for node in assigned for target in node.targets if isinstance(target, ast.Name)
    }


@pytest.mark.parametrize("task", TASKS)
def test_open_webuis_own_prompt_of_a_task_is_answered_in_the_json_it_wants(vllm: httpx.Client, task: str) -> None:
    history = "USER: Why do whales sing in winter?\nASSISTANT: Nobody knows."
    prompt = prompts()[f"DEFAULT_{task}_GENERATION_PROMPT_TEMPLATE"]
    for last in (2, 6):
        prompt = prompt.replace(f"{{{{MESSAGES:END:{last}}}}}", history)
    assert json.loads(message(vllm, prompt, max_tokens=1000)["content"]) == TASKS[task]


def test_follow_ups_are_a_list_of_messages(vllm: httpx.Client) -> None:
    answered = message(vllm, prompts()["DEFAULT_FOLLOW_UP_GENERATION_PROMPT_TEMPLATE"])["content"]
    assert len(json.loads(answered)["follow_ups"]) == 3
