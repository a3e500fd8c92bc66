"""Runs docs/recipes.md and docs/connect.md, and the values of docs/nodes.md: checks values, compares objects, runs clients."""

import base64
import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from ai_server import checks
from ai_server.paths import DOCS, PROFILES

BASE = """
rocm:
  models: {gpt-oss-120b: {file: gguf/gpt-oss-120b-mxfp4-00001-of-00003.gguf}}
  nodes: {aimax: {renderGroup: 991, modelsMax: 3}}
"""
COMPONENTS = ("global:", "rocm:", "thor:", "litellm:", "openwebui:", "extraObjects:")
KEY = "sk-of-a-test"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def objects(kind: str) -> list[dict[str, Any]]:
    found = [yaml.safe_load(text) for text in blocks("recipes.md", "yaml") if text.startswith("apiVersion")]
    return [item for item in found if item["kind"] == kind]


VALUES = [
    text
    for page in ("recipes.md", "connect.md", "nodes.md")
    for text in blocks(page, "yaml")
    if text.startswith(COMPONENTS)
]


@pytest.mark.parametrize("text", VALUES, ids=range(len(VALUES)))
def test_every_values_block_passes_the_check(tmp_path: Path, text: str) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "v.yaml").write_text(text)
    found = checks.run([tmp_path / "base.yaml", tmp_path / "v.yaml"]).findings
    assert [str(finding) for finding in found if finding.severity != "not-checked"] == []


def test_open_webui_reads_every_variable_of_the_recipes() -> None:
    known = tomllib.loads((Path(checks.__file__).parent / "facts" / "openwebui.toml").read_text())["env"]
    given = [name for text in VALUES for name in yaml.safe_load(text).get("openwebui", {}).get("extraEnv", {})]
    assert len(given) == 11
    assert [name for name in given if name not in known] == []


def test_no_block_is_left_out() -> None:
    texts = [text for page in ("recipes.md", "connect.md", "nodes.md") for text in blocks(page, "yaml")]
    others = [text.splitlines()[0] for text in texts if text not in VALUES and not text.startswith("apiVersion")]
    assert others == ["name: ai-server"]
    assert len(VALUES) == 22


def test_the_traefik_of_k3s_gets_valid_values() -> None:
    [config] = objects("HelmChartConfig")
    ports = yaml.safe_load(config["spec"]["valuesContent"])["ports"]
    assert {name: port["transport"]["respondingTimeouts"]["readTimeout"] for name, port in ports.items()} == {
        "web": "3600s",
        "websecure": "3600s",
    }


class Gateway(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that records its requests."""

    asked: list[tuple[str, str, Any]]

    def _keep(self) -> dict[str, Any]:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        self.asked.append((self.path, self.headers.get("Authorization", ""), body.get("model")))
        return body

    def do_GET(self) -> None:
        self._keep()
        self._send(json.dumps({"object": "list", "data": [{"id": "gpt-oss-120b"}]}), "application/json")

    def do_POST(self) -> None:
        if self._keep().get("stream"):
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            chunk["choices"] = [{"index": 0, "delta": {"content": "Hello."}, "finish_reason": None}]
            self._send(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n", "text/event-stream")
        else:
            self._send('{"choices": [{"message": {"content": "Hello."}}]}', "application/json")

    def _send(self, text: str, form: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", form)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def gateway() -> Iterator[tuple[str, list[tuple[str, str, Any]]]]:
    asked: list[tuple[str, str, Any]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Kept", (Gateway,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1", asked
    server.shutdown()


def test_the_python_example_asks_and_prints(gateway: tuple[str, list[tuple[str, str, Any]]]) -> None:
    url, asked = gateway
    [script] = blocks("connect.md", "python")
    environment = {**os.environ, "AI_SERVER_URL": url, "AI_SERVER_KEY": KEY}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "Hello.", done.stderr
    assert asked == [("/v1/chat/completions", f"Bearer {KEY}", "gpt-oss-120b")]


def test_the_curl_example_asks_with_the_key_of_the_secret(
    tmp_path: Path, gateway: tuple[str, list[tuple[str, str, Any]]]
) -> None:
    url, asked = gateway
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f"#!/bin/sh\nprintf %s {base64.b64encode(KEY.encode()).decode()}\n")
    kubectl.chmod(0o755)
    script = blocks("connect.md", "sh")[0].replace("http://localhost:4000/v1", url)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert "Hello." in done.stdout, done.stderr
    assert asked == [
        ("/v1/models", f"Bearer {KEY}", None),
        ("/v1/chat/completions", f"Bearer {KEY}", "gpt-oss-120b"),
    ]


@pytest.mark.parametrize(("language", "read"), [("json", json.loads), ("toml", tomllib.loads)])
def test_the_clients_settings_can_be_read(language: str, read: Callable[[str], Any]) -> None:
    for text in blocks("connect.md", language):
        assert "http://ai.home.lan:4000/v1" in json.dumps(read(text))


def test_the_models_that_are_downloaded_are_those_of_the_examples() -> None:
    lines = "\n".join(blocks("install.md", "sh"))
    homelab = (PROFILES / "homelab" / "values.yaml").read_text()
    for folder in ("hf/qwen3-32b-nvfp4",):
        assert f"/data/ai-models/{folder}" in lines
        assert folder in homelab
    for name in ("Systran/faster-whisper-small", "speaches-ai/Kokoro-82M-v1.0-ONNX"):
        assert name in lines
        assert name in homelab
    assert "Qwen3-30B-A3B-Q8_0.gguf" in (PROFILES / "rocm-only" / "values.yaml").read_text()
