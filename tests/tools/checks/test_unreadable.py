"""A file that cannot be read is a finding for programs, and a line on stderr for people; the exit status is 2."""

import json
import os
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ai_server.cli import app
from ai_server.errors import UserError
from ai_server.reading.textfile import LARGEST_BYTES
from tests.tools.checks.conftest import HERE
from tests.tools.checks.test_formats import sarif_faults

CONTENT = {
    "latin-1": ("a: 1\nb: gr\u00fc\u00df\n".encode("latin-1"), 2, "not UTF-8 text"),
    "UTF-16": ("a: 1\n".encode("utf-16"), 1, "UTF-16"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "binary"),
    "large": (b"a: " + b"x" * LARGEST_BYTES, 1, "larger than 4 MiB"),
    "deep": (b"[" * 5000, 1, "nested too deeply"),
}


def check(folder: Path, *options: str) -> Result:
    with chdir(folder):
        return CliRunner().invoke(app, ["check", str(HERE / "base.yaml"), *options])


@pytest.mark.parametrize("name", CONTENT)
def test_content_that_is_not_text_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("GOGC", "100")  # else a check of a large file replaces its process
    content, line, words = CONTENT[name]
    (tmp_path / "my.yaml").write_bytes(content)
    done = check(tmp_path, "my.yaml", "-o", "json")
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["rule"], finding["file"], finding["line"]) == ("values/unreadable", "my.yaml", line)
    assert (done.exit_code, words in finding["message"], bool(finding["fix"])) == (2, True, True)


def test_a_missing_file_and_a_folder_are_findings(tmp_path: Path) -> None:
    for name, words in (("gone.yaml", "file not found"), (".", "is a folder")):
        [finding] = json.loads(check(tmp_path, name, "-o", "json").stdout)["findings"]
        assert (finding["file"], finding["message"]) == (name, words)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_of_others_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").touch(mode=0)
    [finding] = json.loads(check(tmp_path, "my.yaml", "-o", "json").stdout)["findings"]
    assert finding["message"] == "cannot be read: Permission denied"


def test_sarif_of_a_missing_file_is_valid_and_names_it(tmp_path: Path) -> None:
    done = check(tmp_path, "gone.yaml", "-o", "sarif")
    said = json.loads(done.stdout)
    [result] = said["runs"][0]["results"]
    assert (sarif_faults(said), result["ruleId"]) == ([], "values/unreadable")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "gone.yaml"}


def test_github_gets_an_annotation_for_a_missing_file(tmp_path: Path) -> None:
    done = check(tmp_path, "gone.yaml", "-o", "github")
    assert done.stdout.startswith("::error file=gone.yaml,line=1,col=1,title=values/unreadable::file not found")
    assert done.exit_code == 2


@pytest.mark.parametrize("text", ["kind: [", "rocm: {}", None])
def test_a_cluster_file_that_cannot_be_read_is_a_finding(tmp_path: Path, text: str | None) -> None:
    if text:
        (tmp_path / "cluster.yaml").write_text(text)
    done = check(tmp_path, "--cluster", "cluster.yaml", "-o", "json")
    [finding] = json.loads(done.stdout)["findings"]
    assert (done.exit_code, finding["severity"], "Traceback" in done.output) == (2, "error", False)


def test_people_get_the_error_alone(tmp_path: Path) -> None:
    done = check(tmp_path, "gone.yaml")
    assert (done.stdout, isinstance(done.exception, UserError)) == ("", True)


def test_an_empty_second_file_and_one_of_comments_are_fine(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "comments.yaml").write_text("# nothing yet\n---\n# here\n")
    done = check(tmp_path, "empty.yaml", "comments.yaml")
    assert (done.exit_code, "no problems" in done.stdout) == (0, True), done.stdout


@pytest.mark.parametrize("text", ["- rocm\n", "PORT=8080\n", "~: 1\n", "rocm: {port: .inf}\n"])
def test_yaml_that_cannot_be_values_is_misuse(tmp_path: Path, text: str) -> None:
    (tmp_path / "my.yaml").write_text(text)
    done = check(tmp_path, "my.yaml", "-o", "json")
    [finding] = json.loads(done.stdout)["findings"]
    assert (done.exit_code, finding["file"], finding["line"]) == (2, "my.yaml", 1)
    assert finding["message"] in str(check(tmp_path, "my.yaml").exception)
