"""The plan of a live cluster, whose model files are read on the nodes in pods that are gone afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ai_server.helm.release import Release
from tests.cluster.common import kubectl

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")
IMAGE = "localhost/ai-server/mock:1"
"""It has python3, and is on every node with models."""


def plan(release: Release, nodes_of: Any, *options: str) -> tuple[dict[str, Any], str]:
    command = [Path(sys.executable).with_name("ai-server"), "plan", *map(str, nodes_of.files), "--live"]
    done = subprocess.run(
        [*command, "--release", release.name, "--namespace", release.namespace, "--output", "json", *options],
        env={**os.environ, "KUBECONFIG": str(release.kubeconfig)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout), done.stderr


def test_models_are_read_on_their_node_and_no_pod_is_left(release: Release, nodes_of: Any) -> None:
    found, said = plan(release, nodes_of, "--read-models", "--image", IMAGE)
    [aimax] = [node for node in found["nodes"] if node["node"] == "aimax"]
    models = [part for part in aimax["pools"][0]["segments"] if part["kind"] == "llama-server"]
    assert {part["name"]: part["known"] for part in models} == dict.fromkeys(
        ("gpt-oss-120b", "qwen3-coder-30b", "bge-m3"), "file"
    )
    assert "hf/qwen3-32b-nvfp4: has no model" in said
    assert kubectl(release, "get", "pods", "--selector=app.kubernetes.io/name=ai-server-inspect", "--output=name") == ""


def test_an_image_that_is_not_there_is_said_and_the_names_still_count(release: Release, nodes_of: Any) -> None:
    found, said = plan(release, nodes_of, "--read-models", "--image", "localhost/ai-server/none:1")
    assert "node aimax: its pod failed: ErrImagePull" in said or "ImagePullBackOff" in said
    assert {node["node"] for node in found["nodes"]} == {"aimax", "thor"}
