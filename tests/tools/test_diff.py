"""diff: what it compares, where it says that something changed, and what a change interrupts."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ai_server.cli import app
from ai_server.paths import PROFILES

HOMELAB = str(PROFILES / "homelab" / "values.yaml")


def diff(folder: Path, change: str, *options: str, over: str = HOMELAB) -> str:
    (folder / "change.yaml").write_text(change)
    command = ["diff", "-f", over, str(folder / "change.yaml"), *options]
    return CliRunner().invoke(app, command, catch_exceptions=False).stdout


def paths(folder: Path, change: str) -> dict[str, tuple[Any, Any]]:
    changes = json.loads(diff(folder, change, "--output", "json"))
    return {change["path"]: (change["before"], change["after"]) for change in changes}


def test_common_files_come_before_both_sides(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("rocm: {startupSeconds: 60}\n")
    (tmp_path / "b.yaml").write_text("rocm: {startupSeconds: 65}\n")
    command = ["diff", "-f", HOMELAB, str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"), "--output", "json"]
    [change] = json.loads(CliRunner().invoke(app, command).stdout)
    assert (change["before"], change["after"]) == (12, 13)


def test_a_change_of_models_ini_names_its_section(tmp_path: Path) -> None:
    changed = paths(tmp_path, "rocm: {models: {bge-m3: {ctxSize: 4096}}}")
    assert "data.models.ini: [bge-m3]" in changed


def test_a_change_of_config_yaml_names_its_key(tmp_path: Path) -> None:
    changed = paths(tmp_path, "litellm: {routing: {timeoutSeconds: 60}}")
    assert changed["data.config.yaml: router_settings.timeout"] == (1800, 60)


def test_a_flag_is_shown_with_its_value(tmp_path: Path) -> None:
    changed = json.loads(diff(tmp_path, "rocm: {nodes: {aimax: {modelsMax: 2}}}", "--output", "json"))
    arguments = [(change["before"], change["after"]) for change in changed if change["path"].endswith(".args")]
    assert arguments == [("--models-max 3", None), (None, "--models-max 2")]


def test_a_pod_of_a_node_is_away_with_its_models(tmp_path: Path) -> None:
    shown = diff(tmp_path, "rocm: {nodes: {aimax: {renderGroup: 992}}}").splitlines()
    assert shown[-1] == (
        "restarts Deployment/ai-server-rocm-aimax: bge-m3, gpt-oss-120b (qwen3-32b answers instead) and "
        "qwen3-coder-30b are away until the new pod is ready"
    )


def test_the_gateway_takes_the_page_with_it(tmp_path: Path) -> None:
    shown = diff(tmp_path, "litellm: {routing: {timeoutSeconds: 60}}")
    assert "restarts Deployment/ai-server-litellm: the API and the chat page are away until" in shown


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("openwebui: {persistence: {size: 20Gi}}", "no pod restarts"),
        ("thor: {enabled: false}\nlitellm: {routing: {fallbacks: {gpt-oss-120b: [], qwen3-32b: []}}}\n"
         'openwebui: {taskModel: ""}\n', "no longer in the API: kokoro, qwen3-32b, whisper"),
        ("litellm: {models: {cloud: {model: openai/gpt-5}}}", "new in the API: cloud"),
        ("openwebui: {mode: standalone}\nlitellm: {replicas: 2}", "new pod starts first, and nothing is away"),
    ],
)  # fmt: skip
def test_what_a_change_interrupts(tmp_path: Path, change: str, says: str) -> None:
    assert says in diff(tmp_path, change)


def test_a_pool_restarts_node_by_node(tmp_path: Path) -> None:
    fleet = str(PROFILES / "fleet" / "values.yaml")
    shown = diff(tmp_path, "rocm: {startupSeconds: 60}", over=fleet)
    assert "restarts DaemonSet/ai-server-rocm-pool, node by node" in shown


def test_one_difference_is_singular(tmp_path: Path) -> None:
    assert "\n1 difference\n" in diff(tmp_path, "rocm: {startupSeconds: 60}")
