"""smoke on a release with real containers: every route answers, and a llama-server that lost its GPU argument is found."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ai_server.helm.release import Release
from ai_server.lab import programs
from tests.cluster.common import clean, kubectl, settle

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")
NODE = "ai-server-rocm-aimax"


def smoke(release: Release, *options: str) -> tuple[int, dict[str, Any]]:
    command = [Path(sys.executable).with_name("ai-server"), "smoke", "--output", "json", *options]
    path = f"{programs.find('kubectl').parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [*command, "--release", release.name, "--namespace", release.namespace],
        env={**os.environ, "KUBECONFIG": str(release.kubeconfig), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def without_device(release: Release, api: Any, nodes_of: Any) -> Iterator[None]:
    """A llama-server that is not told to use its GPU, as after an edit of its presets by hand."""
    presets = api.read_namespaced_config_map(NODE, release.namespace)
    lines = presets.data["models.ini"].splitlines(keepends=True)
    presets.data["models.ini"] = "".join(line for line in lines if not line.startswith("device"))
    api.replace_namespaced_config_map(NODE, release.namespace, presets)
    kubectl(release, "set", "env", f"deployment/{NODE}", "--containers=llama-server", "LLAMA_ARG_DEVICE-")
    kubectl(release, "rollout", "restart", f"deployment/{NODE}")
    kubectl(release, "rollout", "status", f"deployment/{NODE}", "--timeout=120s")
    yield
    # an upgrade would conflict with what was changed by hand
    clean(release, api)
    release.install_or_upgrade(nodes_of.files)
    settle(release, api)


def test_every_route_answers_by_itself_and_the_gpu_is_proved(release: Release, tmp_path) -> None:
    saved = tmp_path / "smoke.json"
    status, found = smoke(release, "--save", str(saved))
    assert (status, {result["state"] for result in found["results"]}) == (0, {"ok"})
    assert {result["mode"] for result in found["results"]} >= {"chat", "embedding", "audio_speech"}
    assert [(backend["where"], backend["wrong"]) for backend in found["backends"]] == [("gpu", False)]
    speeds = [result for result in found["results"] if result["request"] == "chat"]
    assert all(result["tokens_per_second"] > 0 and result["first_token_seconds"] > 0 for result in speeds)


def test_a_llama_server_without_its_gpu_argument_is_found(release: Release, without_device: None) -> None:
    status, found = smoke(release)
    assert status == 1
    [backend] = found["backends"]
    assert (backend["where"], backend["wrong"]) == ("cpu", True)
    assert "no usable GPU found" in backend["reason"]
