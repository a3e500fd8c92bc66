"""routes: the table, and the sentences below it."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ai_server.cli import app
from ai_server.helm.gateway import Gateway
from ai_server.paths import PROFILES

HOMELAB = str(PROFILES / "homelab" / "values.yaml")
EVERYTHING = str(PROFILES / "everything" / "values.yaml")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
CLOUD = "litellm: {models: {cloud: {model: openai/gpt-5, apiKeySecret: {name: cloud, key: key}}}}\n"


def routes(*options: str, **environment: str) -> str:
    done = CliRunner().invoke(app, ["routes", *options], env=environment, catch_exceptions=False)
    return ESCAPES.sub("", done.stdout)


@pytest.mark.parametrize("file", [HOMELAB, EVERYTHING])
def test_the_table_fits_a_terminal_of_80_columns(file: str) -> None:
    table = routes(file, FORCE_COLOR="1", COLUMNS="80").partition("\n\n")[0].splitlines()
    assert max(len(line) for line in table) <= 80
    assert any(line.rstrip().endswith("8080") or "aimax" in line for line in table)


def test_no_name_is_broken_in_two() -> None:
    shown = routes(EVERYTHING, FORCE_COLOR="1", COLUMNS="80")
    for name in ("chat-small-long", "ai-server-thor-two-speech:8011", "ai-server/pool=halo, kubernetes.io/os=linux"):
        assert name in shown


def test_a_pipe_gets_a_line_for_each_route() -> None:
    lines = routes(EVERYTHING, COLUMNS="80").splitlines()
    assert "chat-large        chat            ai-server-rocm-pool:8090" in "\n".join(lines)
    assert sum(line.startswith(("embed ", "whisper ")) for line in lines) == 4


def test_a_model_of_a_provider_is_shown_by_its_name_there(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text(CLOUD)
    [line] = [line for line in routes(HOMELAB, str(tmp_path / "v.yaml")).splitlines() if line.startswith("cloud ")]
    assert line.split() == ["cloud", "chat", "openai/gpt-5", "elsewhere"]


def test_fallbacks_and_aliases_are_sentences_and_json() -> None:
    shown = routes(EVERYTHING)
    assert "\nchat-large falls back to chat-small, then cloud\n" in shown
    assert "\ngpt-4o is another name for chat-large\n" in shown
    [large] = [route for route in json.loads(routes(EVERYTHING, "-o", "json")) if route["model"] == "chat-large"]
    assert (large["fallbacks"], large["aliases"]) == (["chat-small", "cloud"], ["gpt-4o"])


@pytest.mark.parametrize(
    ("aliases", "known"),
    [({"a": "b"}, {"a": "b"}), ({"a": {"model": "b", "hidden": True}}, {"a": "b"}), (None, {})],
)
def test_an_alias_has_two_forms(aliases: object, known: dict[str, str]) -> None:
    assert Gateway({"router_settings": {"model_group_alias": aliases}}).aliases == known
