"""The mock of ComfyUI: what it refuses at its start, its pictures, and what Open WebUI's own code makes of them."""

import asyncio
import importlib.util
import json
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import aiohttp
import httpx
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.conftest import Rendered
from tests.mocks import asked, recorded
from tests.mocks.packages import open_webui
from tests.mocks.test_mocks import GPU, Start, ended, running, start  # noqa: F401
from tests.render.common import THOR, container, env

PICTURES = "openwebui: {images: {model: sdxl.safetensors, size: 96x64, steps: 2}}"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--nosuch"], 2), (["--user-directory", "/nowhere"], 2), (["--extra-model-paths-config", "/nowhere"], 1)],
)
def test_comfyui_refuses_what_comfyui_refuses(arguments: list[str], code: int) -> None:
    assert ended("comfyui", *arguments, **GPU)[0] == code


@pytest.fixture
def comfy(start: Start, tmp_path: Path) -> httpx.Client:  # noqa: F811
    """ComfyUI with a checkpoint, and its folders below the test's own."""
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/sdxl.safetensors").touch()
    paths = tmp_path / "paths.yaml"
    paths.write_text(f"all:\n  base_path: {tmp_path}\n  checkpoints: checkpoints\n")
    folders = [f"--{kind}-directory={tmp_path / kind}" for kind in ("output", "temp")]
    return start("comfyui", *folders, "--extra-model-paths-config", str(paths))


def drawn(comfy: httpx.Client, **nodes: Any) -> list[dict[str, Any]]:
    """The pictures of a workflow, when it is done."""
    answer = comfy.post("/prompt", json={"prompt": asked.DRAW | nodes}).raise_for_status().json()
    again = retry(retry=retry_if_exception_type(KeyError), stop=stop_after_delay(10), wait=wait_fixed(0.1))
    done = again(lambda: comfy.get(f"/history/{answer['prompt_id']}").json()[answer["prompt_id"]])()
    return [picture for output in done["outputs"].values() for picture in output["images"]]


def saved(**inputs: Any) -> dict[str, Any]:
    return {**asked.SAVE, "inputs": {**asked.SAVE["inputs"], **inputs}}


def said(text: str) -> dict[str, Any]:
    return {"class_type": "CLIPTextEncode", "inputs": {"text": text}}


def content(comfy: httpx.Client, picture: dict[str, Any]) -> bytes:
    return comfy.get("/view", params=picture).raise_for_status().content


def test_comfyui_reports_its_command_line(comfy: httpx.Client) -> None:
    [argument] = [each for each in comfy.get("/system_stats").json()["system"]["argv"] if "output" in each]
    assert argument.startswith("--output-directory=")


def test_a_picture_has_the_size_that_was_asked_for(comfy: httpx.Client) -> None:
    [picture] = drawn(comfy, **{"1": asked.EMPTY | {"inputs": asked.EMPTY["inputs"] | {"width": 40}}})
    assert struct.unpack(">II", content(comfy, picture)[16:24]) == (40, 8)


def test_pictures_of_other_words_look_different(comfy: httpx.Client) -> None:
    fox, whale, again = (content(comfy, drawn(comfy, **{"6": said(text)})[0]) for text in ("fox", "whale", "fox"))
    assert fox != whale
    assert fox == again


def test_pictures_are_numbered_in_their_folder(comfy: httpx.Client) -> None:
    names = [drawn(comfy, **{"2": saved(filename_prefix=prefix)})[0] for prefix in ("day/a", "day/a", "b")]
    assert [(name["subfolder"], name["filename"]) for name in names] == [
        ("day", "a_00001_.png"),
        ("day", "a_00002_.png"),
        ("", "b_00001_.png"),
    ]


def test_a_preview_is_a_temporary_file(comfy: httpx.Client, tmp_path: Path) -> None:
    preview = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    [picture] = drawn(comfy, **{"2": preview})
    assert picture["type"] == "temp"
    assert (tmp_path / "temp/temp" / picture["filename"]).is_file()


def heard(comfy: httpx.Client, prompt: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages that the client of a workflow hears."""
    request = asked.Request("/prompt", "POST", {"json": {"prompt": prompt, "client_id": "c"}})
    return [json.loads(message) for message in asyncio.run(recorded.heard(str(comfy.base_url), request))]


def test_a_sampler_tells_its_steps(comfy: httpx.Client) -> None:
    inputs = dict.fromkeys(("seed", "steps", "cfg", "denoise", "sampler_name", "scheduler"), 1)
    links = {"model": ["5", 0], "positive": ["6", 0], "negative": ["6", 0], "latent_image": ["4", 0]}
    prompt = {
        "1": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["5", 2]}},
        "2": asked.SAVE,
        "3": {"class_type": "KSampler", "inputs": {**inputs, **links, "steps": 3}},
        "4": asked.LATENT,
        "5": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl.safetensors"}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "fox", "clip": ["5", 1]}},
    }
    steps = [message["data"] for message in heard(comfy, prompt) if message["type"] == "progress"]
    assert [(step["value"], step["max"], step["node"]) for step in steps] == [(1, 3, "3"), (2, 3, "3"), (3, 3, "3")]


def test_only_the_client_of_a_workflow_hears_of_it(comfy: httpx.Client) -> None:
    async def listen() -> set[str]:
        request = asked.Request("/prompt", "POST", {"json": {"prompt": asked.DRAW, "client_id": "c"}})
        async with aiohttp.ClientSession(str(comfy.base_url)) as session, session.ws_connect("/ws?clientId=d") as other:
            await recorded.heard(str(comfy.base_url), request)
            return {(await other.receive_json(timeout=5))["type"] for _ in range(4)}

    assert asyncio.run(listen()) == {"status"}


def test_a_workflow_that_fails_ends_with_an_error(comfy: httpx.Client) -> None:
    messages = heard(comfy, asked.DRAW | {"2": saved(filename_prefix="../a")})
    [error] = [message["data"] for message in messages if message["type"] == "execution_error"]
    assert (error["node_id"], "outside the output folder" in error["exception_message"]) == ("2", True)
    [done] = comfy.get("/history").json().values()
    assert done["status"]["status_str"] == "error"


def test_a_websocket_that_closes_is_answered_at_once(comfy: httpx.Client) -> None:
    begin = time.monotonic()
    heard(comfy, asked.DRAW)
    assert time.monotonic() - begin < 3  # aiohttp waits ten seconds for an answer to its close


def test_an_open_websocket_does_not_keep_comfyui_from_exiting() -> None:
    upgrade = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    with (
        running("comfyui") as (comfy, process),
        socket.create_connection(("127.0.0.1", comfy.base_url.port), timeout=10) as wire,
    ):
        wire.sendall(f"{upgrade}{key}".encode())
        assert b"101 Switching Protocols" in wire.recv(4096)
        process.terminate()
        assert process.wait(timeout=10) == 0


def page_code(session: Callable[[], Any]) -> ModuleType:
    """Open WebUI's own client of ComfyUI, with stand-ins for what it imports of its own package."""
    modules = {
        "open_webui": SimpleNamespace(),
        "open_webui.env": SimpleNamespace(AIOHTTP_CLIENT_SESSION_SSL=False),
        "open_webui.utils": SimpleNamespace(),
        "open_webui.utils.json_codec": SimpleNamespace(JSONCodec=json),
        "open_webui.utils.session_pool": SimpleNamespace(get_session=session),
    }
    spec = importlib.util.spec_from_file_location("comfyui_of_the_page", open_webui() / "utils/images/comfyui.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with patch.dict(sys.modules, modules):
        spec.loader.exec_module(module)
    return module


def test_the_pages_own_code_gets_a_picture_with_the_charts_workflow(comfy: httpx.Client, rendered: Rendered) -> None:
    given = env(container(rendered(THOR, PICTURES), "ai-server-litellm", "openwebui"))
    url = str(comfy.base_url).rstrip("/")

    async def ask() -> dict[str, Any]:
        async with aiohttp.ClientSession() as session:

            async def shared() -> aiohttp.ClientSession:
                return session

            page = page_code(shared)
            nodes = json.loads(given["COMFYUI_WORKFLOW_NODES"])
            workflow = page.ComfyUIWorkflow(workflow=given["COMFYUI_WORKFLOW"], nodes=nodes)
            form = page.ComfyUICreateImageForm(workflow=workflow, prompt="a fox", width=96, height=64, steps=2)
            return dict(await page.comfyui_create_image("sdxl.safetensors", form, "c", url, ""))

    [picture] = asyncio.run(ask())["data"]
    assert struct.unpack(">II", comfy.get(picture["url"]).content[16:24]) == (96, 64)
