"""check --fix and --diff: what they show, and what they write."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ai_server.cli import app
from tests.tools.checks.conftest import HERE

WRONG = """\
rocm:
  modells:  # all of them
    other: {file: gguf/other.gguf}
  nodes: {halo: {renderGroup: '991'}}
"""
RIGHT = WRONG.replace("modells", "models").replace("'991'", "991")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "v.yaml").write_text(WRONG)
    return tmp_path / "v.yaml"


def check(file: Path, *options: str) -> Result:
    command = ["check", "-f", str(HERE / "base.yaml"), "-f", str(file), *options]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def test_diff_shows_the_lines_and_writes_nothing(file: Path) -> None:
    shown = check(file, "--diff").stdout.splitlines()
    assert [line for line in shown if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-  modells:  # all of them",
        "+  models:  # all of them",
        "-  nodes: {halo: {renderGroup: '991'}}",
        "+  nodes: {halo: {renderGroup: 991}}",
    ]
    assert file.read_text() == WRONG


def test_diff_shows_what_would_be_left_next_to_the_patch(file: Path) -> None:
    file.write_text(f"{WRONG}thor: {{vllm: {{kvCacheMemory: 16}}}}\n")
    done = check(file, "--diff")
    assert "kvCacheMemory" not in done.stdout.replace("\n thor: {vllm: {kvCacheMemory: 16}}", "")
    assert "left after these fixes" in done.stderr
    assert f"{file}:5:15 error thor.vllm.kvCacheMemory: " in done.stderr


def test_diff_without_a_certain_fix_shows_the_findings(file: Path) -> None:
    file.write_text("thor: {vllm: {kvCacheMemory: 16}}\n")
    done = check(file, "--diff")
    assert (done.stdout, done.exit_code) == ("", 1)
    assert done.stderr.startswith(f"no fix is certain enough to apply\n{file}:1:15 error thor.vllm.kvCacheMemory: ")


def test_fix_writes_the_file_and_reports_what_is_left(file: Path) -> None:
    done = check(file, "--fix", "--yes")
    assert (file.read_text(), done.exit_code) == (RIGHT, 0)
    assert "fixed 2 findings" in done.stderr


def test_fix_asks_and_a_no_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ai_server.cli.asking.can_answer", lambda: True)
    command = ["check", "-f", str(HERE / "base.yaml"), "-f", str(file), "--fix"]
    assert CliRunner().invoke(app, command, input="n\n").exit_code == 1
    assert file.read_text() == WRONG


def test_fix_without_a_terminal_needs_yes(file: Path) -> None:
    command = ["check", "-f", str(HERE / "base.yaml"), "-f", str(file), "--fix"]
    assert "add --yes" in str(CliRunner().invoke(app, command).exception)
    assert file.read_text() == WRONG


def test_line_ends_and_the_byte_order_mark_stay(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())
    check(file, "--fix", "--yes")
    assert file.read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()


def test_the_files_need_no_option(file: Path) -> None:
    done = CliRunner().invoke(app, ["check", str(HERE / "base.yaml"), str(file), "--diff"])
    assert "+  models:" in done.stdout


def test_a_file_without_mistakes_has_nothing_to_fix(file: Path) -> None:
    file.write_text(RIGHT)
    done = check(file, "--diff")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "nothing to fix\n")


def test_the_output_for_programs_stays_readable(file: Path) -> None:
    done = check(file, "--fix", "--yes", "--output", "json")
    assert json.loads(done.stdout)["checked"]
    assert "+  models:" in done.stderr


def test_diff_never_writes_and_says_by_its_status_that_something_would_change(file: Path) -> None:
    assert check(file, "--fix", "--diff", "--yes").exit_code == 1
    assert file.read_text() == WRONG


def test_no_secret_is_shown(file: Path) -> None:
    file.write_text(f"{WRONG}litellm: {{masterKey: sk-9f8e7d6c5b4a3f2e}}\n")
    done = check(file, "--diff")
    assert "masterKey: ***" in done.stdout
    assert "sk-9f8e" not in done.output


def test_a_proposal_is_marked_and_not_applied(file: Path) -> None:
    file.write_text("thor: {vllm: {kvCacheMemory: 16}}\n")
    assert "-" not in [line[:1] for line in check(file, "--diff").stdout.splitlines()]
    [found] = json.loads(check(file, "-o", "json").stdout)["findings"][:1]
    assert [(change["op"], change["value"], change["certain"]) for change in found["changes"]] == [
        ("set", "16Gi", False)
    ]


def test_json_has_the_sentence_and_the_edits(file: Path) -> None:
    [found, *_] = json.loads(check(file, "-o", "json").stdout)["findings"]
    [change] = found["changes"]
    assert found["fix"] == "use models"
    assert (change["op"], change["key"], change["to"]) == ("move", "rocm.modells", "rocm.models")


def test_code_scanning_gets_the_lines_to_replace(file: Path) -> None:
    found = json.loads(check(file, "-o", "sarif").stdout)["runs"][0]["results"][0]
    [replacement] = found["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement["insertedContent"]["text"] == "  models:  # all of them\n"
    assert (replacement["deletedRegion"]["startLine"], replacement["deletedRegion"]["endLine"]) == (2, 3)
