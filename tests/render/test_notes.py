"""NOTES.txt: what Helm prints after an install."""

import json
import re
import shlex
from typing import Any

import pytest

from ai_server.paths import CHART
from ai_server.reading import profiles
from tests.at import at


def notes(name: str, **values: Any) -> str:
    """The notes of a profile, rendered by Helm itself, since our render leaves them out."""
    from helm_python import Chart, _native

    wanted = profiles.load(profiles.profile(name).files).values | values
    options = {"name": "ai-server", "namespace": "ai-server", "is_install": True}
    with Chart.load(CHART) as chart:
        files = json.loads(_native.call_string("helm_render", chart._raw(), json.dumps(wanted), json.dumps(options)))
    [text] = [text for file, text in files.items() if file.endswith("NOTES.txt")]
    return str(text)


@pytest.mark.parametrize(
    ("profile", "model"), [("homelab", "gpt-oss-120b"), ("rocm-only", "qwen3-30b"), ("thor-only", "qwen3-14b")]
)
def test_the_last_line_asks_a_chat_model(profile: str, model: str) -> None:
    command = shlex.split(re.sub(r"\$\(.*?\)\"", 'KEY"', notes(profile).strip().splitlines()[-1]))
    assert command[:3] == ["curl", "-s", "localhost:4000/v1/chat/completions"]
    assert command[4] == "Authorization: Bearer KEY"
    assert json.loads(command[-1])["model"] == model


def test_a_model_that_costs_nothing_is_asked_first() -> None:
    assert '"model": "qwen3-30b"' in notes("gateway-only")


def test_without_a_chat_model_nothing_is_asked() -> None:
    embed = {"models": {"e": {"model": "hosted_vllm/e", "apiBase": "http://a.lan:1/v1", "mode": "embedding"}}}
    assert "chat/completions" not in notes("gateway-only", litellm=embed)


@pytest.mark.parametrize(
    ("images", "line"),
    [
        ({}, "pictures:           off until openwebui.images.model names"),
        ({"model": "sdxl.safetensors"}, "pictures:           the Image button draws with sdxl.safetensors"),
    ],
)
def test_notes_say_whether_there_are_pictures(images: dict[str, str], line: str) -> None:
    assert line in notes("thor-only", openwebui={"images": images})


@pytest.mark.parametrize(("profile", "said"), [("strix-everything", True), ("thor-only", False)])
def test_notes_say_that_comfyui_is_privileged(profile: str, said: bool) -> None:
    assert ("is privileged, since gpuAccess is" in notes(profile)) is said


def test_notes_say_nothing_of_pictures_that_nobody_wants() -> None:
    assert "pictures:" not in notes("thor-only", openwebui={"images": {"enabled": False}})


def test_notes_name_the_backends_that_the_network_reaches() -> None:
    thor = profiles.load(profiles.profile("thor-only").files).values["thor"]
    opened = notes("thor-only", thor=at("comfyui.service.type", "NodePort", within=thor))
    warning = "Backends that can be reached directly, bypassing the API's limits and log\n"
    assert f"{warning}  ai-server-thor-thor-comfyui (NodePort): ComfyUI has no login" in opened
    assert warning not in notes("thor-only")


def test_notes_say_that_the_password_counts_once() -> None:
    assert "at its first start" in notes("thor-only")
    assert "at its first start" not in notes("thor-only", openwebui={"admin": {"email": ""}})


def test_notes_show_every_host_with_its_scheme() -> None:
    ingress = {"enabled": True, "host": "a.lan", "extraHosts": {"b.lan": {"tlsSecret": "b"}}}
    text = notes("rocm-only", litellm={"ingress": ingress}, openwebui={"ingress": ingress})
    assert "\n  http://a.lan/v1\n  https://b.lan/v1\n" in text
    assert "\n  http://a.lan\n  https://b.lan\n" in text


def test_custom_nodes_are_warned_of_with_their_folder() -> None:
    thor = {"nodes": {"thor": {"vllm": {"enabled": False}, "speech": {"enabled": False}}}}
    [warning] = [
        line
        for line in notes("thor-only", thor=thor | {"comfyui": {"customNodesPath": "/srv/nodes"}}).splitlines()
        if "WARNING" in line
    ]
    assert "ComfyUI on thor runs the third-party code in /srv/nodes" in warning
    assert "WARNING" not in notes("thor-only")
