"""Questions before a file is overwritten."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ai_server.cli import app
from ai_server.cli.asking import write
from ai_server.errors import UserError
from ai_server.paths import DOCS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "cluster.yaml").write_text("mine\n")
    return tmp_path / "cluster.yaml"


@pytest.mark.parametrize(("answer", "text"), [(True, "new\n"), (False, "mine\n")])
def test_a_file_is_overwritten_after_a_yes(
    file: Path, monkeypatch: pytest.MonkeyPatch, answer: bool, text: str
) -> None:
    monkeypatch.setattr("ai_server.cli.asking.can_answer", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: answer)
    if answer:
        write(file, "new\n", yes=False)
    else:
        with pytest.raises(typer.Exit):
            write(file, "new\n", yes=False)
    assert file.read_text() == text


def test_without_a_terminal_a_file_is_only_overwritten_with_yes(file: Path) -> None:
    with pytest.raises(UserError, match=r"cluster\.yaml exists, and nobody can answer here"):
        write(file, "new\n", yes=False)
    write(file, "new\n", yes=True)
    assert file.read_text() == "new\n"


def test_the_same_text_needs_no_question(file: Path) -> None:
    write(file, "mine\n", yes=False)
    assert file.read_text() == "mine\n"


def test_the_schema_is_that_of_the_documentation(tmp_path: Path) -> None:
    expected = (DOCS / "values.schema.json").read_text()
    assert CliRunner().invoke(app, ["schema"]).stdout == expected
    done = CliRunner().invoke(app, ["schema", str(tmp_path / "s.json")])
    assert (tmp_path / "s.json").read_text() == expected
    assert f"# yaml-language-server: $schema={tmp_path / 's.json'}" in done.stderr
