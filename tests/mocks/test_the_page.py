"""The real Open WebUI and LiteLLM, with the chart's environment and configuration, on the mocks: what they make is shown.

A chat gets a title and follow-ups, a picture that is asked for is in the chat, and sound goes both ways.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from ai_server.errors import UserError
from ai_server.helm import render
from ai_server.reading import profiles
from tests.here import programs
from tests.here.machine import KEY, local_pod
from tests.mocks.asked import TTS
from tests.mocks.hub import hub
from tests.mocks.test_mocks import running
from tests.render.common import THOR

MODEL = "small"
ADMIN = {"email": "admin@localhost", "password": KEY}
VALUES = f"""
thor: {{nodes: {{thor: {{speech: {{models: {{kokoro: {{model: {TTS}}}}}}}}}}}}}
openwebui: {{taskModel: {MODEL}, images: {{model: a.safetensors, size: 96x64, steps: 2}}}}
"""

pytestmark = pytest.mark.slow("it starts Open WebUI", "ci/images/mock", "tests/here", "tests/mocks")


@contextmanager
def mocks(folder: Path) -> Iterator[dict[str, str]]:
    """The HOST:PORT of each backend, by its address in the cluster."""
    (folder / "config.json").write_text("{}")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints/a.safetensors").touch()
    (folder / "paths.yaml").write_text(f"all:\n  base_path: {folder}\n  checkpoints: checkpoints\n")
    tools = ("--enable-auto-tool-choice", "--tool-call-parser", "hermes")
    models = ("--extra-model-paths-config", str(folder / "paths.yaml"), "--output-directory", str(folder / "out"))
    speech = {"API_KEY": KEY, "HF_HUB_CACHE": str(hub(folder))}
    with (
        running("vllm", str(folder), "--served-model-name", MODEL, *tools, VLLM_API_KEY=KEY) as (vllm, _),
        running("comfyui", *models) as (comfyui, _),
        running("other", port_env="UVICORN_PORT", **speech) as (speaches, _),
    ):
        clients = {"vllm:8000": vllm, "comfyui:8188": comfyui, "speech:8001": speaches}
        yield {f"ai-server-thor-thor-{name}": str(client.base_url.netloc, "ascii") for name, client in clients.items()}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The page, with its administrator signed in."""
    folder = tmp_path_factory.mktemp("page")
    files = [folder / "thor.yaml", folder / "more.yaml"]
    for file, text in zip(files, (THOR, VALUES), strict=True):
        file.write_text(text)
    manifests = render.render(profiles.load(files).values)
    try:
        for name in ("litellm", "openwebui"):
            programs.program(name)
    except UserError as error:
        pytest.skip(str(error))
    with ExitStack() as stack:
        addresses = stack.enter_context(mocks(folder))
        pod = local_pod(manifests, manifests.pod("ai-server-litellm"), folder / "pod", addresses)
        stack.enter_context(programs.started(pod, "litellm"))
        server = stack.enter_context(programs.started(pod, "openwebui"))
        client = stack.enter_context(httpx.Client(base_url=server.origin, timeout=60, trust_env=False))
        token = client.post("/api/v1/auths/signin", json=ADMIN).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def chatted(page: httpx.Client, text: str, **features: bool) -> dict[str, Any]:
    """A chat as the page makes it, once it has its title and its answer is complete."""
    asked, answered = str(uuid.uuid4()), str(uuid.uuid4())
    user = {"id": asked, "parentId": None, "childrenIds": [answered], "role": "user", "content": text}
    empty = {"id": answered, "parentId": asked, "childrenIds": [], "role": "assistant", "content": "", "model": MODEL}
    history = {"messages": {asked: user, answered: empty}, "currentId": answered}
    new = page.post("/api/v1/chats/new", json={"chat": {"title": "New Chat", "models": [MODEL], "history": history}})
    identity = new.raise_for_status().json()["id"]
    body = {
        "model": MODEL,
        "stream": True,
        "messages": [{"role": "user", "content": text}],
        "features": features,
        "session_id": "s",
        "chat_id": identity,
        "id": answered,
        "parent_id": asked,
        "user_message": user,
        "background_tasks": {"title_generation": True, "follow_up_generation": True},
    }
    page.post("/api/chat/completions", json=body).raise_for_status()

    @retry(retry=retry_if_exception_type(AssertionError), stop=stop_after_delay(60), wait=wait_fixed(0.5), reraise=True)
    def done() -> dict[str, Any]:
        chat = page.get(f"/api/v1/chats/{identity}").raise_for_status().json()
        message = chat["chat"]["history"]["messages"][answered]
        assert message.get("done"), json.dumps(message)
        assert message.get("followUps"), json.dumps(message)
        assert chat["title"] != "New Chat"
        return {**message, "title": chat["title"]}

    return done()


def test_a_chat_gets_a_title_and_follow_ups(page: httpx.Client) -> None:
    message = chatted(page, "Why do whales sing in winter?")
    assert message["content"].startswith("The mock of vLLM")
    assert message["title"] == "Why do whales sing"
    assert message["followUps"][0] == "Tell me more: Why do whales sing"


def test_a_picture_that_is_asked_for_is_in_the_chat(page: httpx.Client) -> None:
    message = chatted(page, "Draw a red fox in the snow.", image_generation=True)
    [call] = [item for item in message["output"] if item["type"] == "function_call"]
    assert (call["name"], json.loads(call["arguments"])) == (
        "generate_image",
        {"prompt": "Draw a red fox in the snow."},
    )
    [file] = message["files"]
    assert page.get(file["url"]).content.startswith(b"\x89PNG")


def test_what_the_page_reads_aloud_it_also_understands(page: httpx.Client) -> None:
    spoken = page.post("/api/v1/audio/speech", json={"input": "one two three"}).raise_for_status()
    assert spoken.headers["Content-Type"] == "audio/mpeg"
    heard = page.post("/api/v1/audio/transcriptions", files={"file": ("a.mp3", spoken.content, "audio/mpeg")})
    assert heard.raise_for_status().json()["text"] == "word word word"
