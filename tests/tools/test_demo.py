"""The demo's output: what answered, and what to try next."""

from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from playwright.sync_api import Error as BrowserError

from ai_server.cli import show_demo
from ai_server.errors import UserError
from ai_server.helm.release import Release
from ai_server.lab import page, programs, talk
from ai_server.lab.demo import Seen
from ai_server.lab.talk import Answer


@pytest.fixture(autouse=True)
def programs_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find", lambda name: Path("/bin") / name)


def test_the_demo_says_that_a_very_small_model_answered(capsys: pytest.CaptureFixture[str]) -> None:
    show_demo.demo(Seen(answer=Answer("gpt-oss-120b", "The capital of France is", " Paris.", 40.0)))
    shown = capsys.readouterr().out
    assert "The answer of gpt-oss-120b" in shown
    assert "A very small model (SmolLM2, 135 million parameters) answered under that name" in shown


@pytest.mark.parametrize("failure", [UserError("no browser was found"), BrowserError("Timeout exceeded.\nCall log:")])
def test_the_demo_shows_the_address_and_the_account_even_if_the_browser_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failure: Exception
) -> None:
    monkeypatch.setattr(page, "wait_for", lambda address: None)
    monkeypatch.setattr(talk, "key", lambda release, name: "secret of a test")
    monkeypatch.setattr(page, "browser", Mock(side_effect=failure))
    show_demo.demo(Seen(page=page.look(Release(Path("k")), "http://localhost:8081", Path("page.png"))))
    shown = capsys.readouterr().out
    assert "http://localhost:8081   account admin@localhost   password secret of a test" in shown
    assert f"picture: none, {'the browser failed: ' if isinstance(failure, BrowserError) else ''}" in shown


def test_the_sample_in_python_repeats_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    import openai

    sample = [line.strip() for line in talk.next_question(Release(Path("k")), "gpt-oss-120b")[-3:]]
    asked = {}
    choice = SimpleNamespace(choices=[SimpleNamespace(text="Madrid")])
    completions = SimpleNamespace(create=lambda **options: asked.update(options) or choice)
    monkeypatch.setattr(openai, "OpenAI", lambda: SimpleNamespace(completions=completions))
    exec("\n".join(sample))
    assert (asked["model"], asked["temperature"]) == ("gpt-oss-120b", 0)
