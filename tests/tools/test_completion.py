"""What the shell offers for options, and which cluster a command means without one."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ai_server.checks import all_rules
from ai_server.cli import app, completion
from ai_server.lab.clusters import backends_of
from tests.tools.test_cli import COMMAND


def test_all_rules_are_offered() -> None:
    assert completion.rules("") == sorted(all_rules())


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("check --explain values/un", ["values/unknown-key", "values/unreadable", "values/unused-waiver"]),
        ("demo --profile roc", ["rocm-only"]),
        ("cluster status --backend k", ["kwok", "kind"]),
        ("render --kube-version 1.37", ["1.37"]),
    ],
)
def test_the_shell_offers(line: str, offered: list[str]) -> None:
    words = f"ai-server {line}"
    asked = {"_AI_SERVER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = subprocess.run([COMMAND], env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert done.stdout.split() == offered


@pytest.mark.parametrize("backend", ["kwok", "kind"])
def test_status_finds_the_backend_of_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert backends_of("mine") == []
    (tmp_path / "ai-server" / "clusters" / backend / "mine").mkdir(parents=True)
    assert backends_of("mine") == [backend]
    done = CliRunner().invoke(app, ["cluster", "status", "--name", "mine", "--output", "json"])
    assert (done.exit_code, json.loads(done.stdout)["backend"]) == (1, backend)


def test_a_running_cluster_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for backend in ("kwok", "kind"):
        (tmp_path / "ai-server" / "clusters" / backend / "mine").mkdir(parents=True)
    monkeypatch.setattr("ai_server.lab.clusters.kind.Kind.is_up", lambda _: True)
    assert backends_of("mine") == ["kind", "kwok"]
