"""Runs the script of `helm test` as its pod does, against the mock of ComfyUI."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Rendered
from tests.mocks.test_mocks import Start, start  # noqa: F401
from tests.render.common import THOR, env

PICTURES = "openwebui: {images: {model: sdxl.safetensors, size: 768x512, steps: 7}}"


@pytest.fixture
def comfy(start: Start, tmp_path: Path) -> Any:  # noqa: F811
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/sdxl.safetensors").touch()
    paths = tmp_path / "paths.yaml"
    paths.write_text(f"all:\n  base_path: {tmp_path}\n  checkpoints: checkpoints\n")
    folders = [f"--{kind}-directory={tmp_path}" for kind in ("output", "temp")]
    return start("comfyui", *folders, "--extra-model-paths-config", str(paths))


def asked(rendered: Rendered, comfy: Any, *values: str) -> tuple[int, str]:
    [container] = rendered(THOR, *values).get("Pod", "ai-server-test")["spec"]["containers"]
    known = {name: value for name, value in env(container).items() if isinstance(value, str)}
    known |= {"COMFYUI_URL": str(comfy.base_url).rstrip("/"), "ROUTES": "[]", "LITELLM_MASTER_KEY": "sk-x"}
    command = [sys.executable, *container["command"][1:]]
    run = subprocess.run(command, env={**os.environ, **known}, capture_output=True, text=True, timeout=60, check=False)
    return run.returncode, run.stdout + run.stderr


def drawn(comfy: Any) -> dict[str, dict]:
    """The inputs of the workflow that ComfyUI ran, by kind of node."""
    [done] = comfy.get("/history").json().values()
    return {node["class_type"]: node["inputs"] for node in done["prompt"][2].values()}


def test_the_picture_is_what_the_page_would_ask_for(rendered: Rendered, comfy: Any) -> None:
    code, said = asked(rendered, comfy, PICTURES)
    assert (code, "1 requests, 0 dead" in said) == (0, True)
    inputs = drawn(comfy)
    assert inputs["CheckpointLoaderSimple"]["ckpt_name"] == "sdxl.safetensors"
    assert (inputs["EmptyLatentImage"]["width"], inputs["EmptyLatentImage"]["height"]) == (768, 512)
    assert inputs["KSampler"]["steps"] == 7


def test_a_checkpoint_that_is_not_there_fails_the_test_and_is_named(rendered: Rendered, comfy: Any) -> None:
    code, said = asked(rendered, comfy, PICTURES.replace("sdxl", "lost"))
    assert (code, "lost.safetensors" in said) == (1, True)


def test_where_the_page_draws_nothing_comfyui_is_asked_without_a_model(rendered: Rendered, comfy: Any) -> None:
    code, said = asked(rendered, comfy)
    assert code == 0, said
    assert "EmptyImage" in drawn(comfy)
