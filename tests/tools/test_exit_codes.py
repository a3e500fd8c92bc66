"""Exit statuses: errors in the files are 1, misuse is 2, and all commands that read values agree."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from ai_server.cli import main
from ai_server.paths import PROFILES

HOMELAB = str(PROFILES / "homelab" / "values.yaml")

FILES = {
    "invalid YAML": (b"rocm: [\n", 1),
    "an open quote": (b'rocm: "x\n', 1),
    "an unknown key": (b"rocm: {prt: 1}\n", 1),
    "a rejected combination": (b"{}\n", 1),
    "a cluster file": (b"apiVersion: v1\nkind: List\nitems: []\n", 1),
    "a missing file": (None, 2),
}
COMMANDS = {
    "check": ["check", "bad.yaml"],
    "check of json": ["check", "-f", "bad.yaml", "--output", "json"],
    "render": ["render", "bad.yaml"],
    "routes": ["routes", "-f", "bad.yaml"],
    "diff to": ["diff", HOMELAB, "bad.yaml"],
    "diff from": ["diff", "bad.yaml", HOMELAB],
}


class Done(NamedTuple):
    """What a command printed, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in tmp_path, in this process, with a text as standard input."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, text: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["ai-server", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        with pytest.raises(SystemExit) as status:
            main()
        return Done(int(status.value.code or 0), *capsys.readouterr())

    return run


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", FILES)
def test_all_commands_agree_on_a_file(run: Run, tmp_path: Path, kind: str, command: str) -> None:
    content, status = FILES[kind]
    if content is not None:
        (tmp_path / "bad.yaml").write_bytes(content)
    done = run(*COMMANDS[command])
    assert done.returncode == status, done.stdout + done.stderr
    assert "bad.yaml" in done.stdout + done.stderr or kind == "a rejected combination"


@pytest.mark.parametrize("kind", FILES)
def test_diff_with_exit_code_keeps_1_for_differences(run: Run, tmp_path: Path, kind: str) -> None:
    if FILES[kind][0] is not None:
        (tmp_path / "bad.yaml").write_bytes(FILES[kind][0] or b"")
    assert run("diff", HOMELAB, "bad.yaml", "--exit-code").returncode == 2
    (tmp_path / "more.yaml").write_text("rocm: {startupSeconds: 60}\n")
    assert run("diff", "-f", HOMELAB, "more.yaml", "--exit-code").returncode == 1


@pytest.mark.parametrize("text", ["items: [", "kind: Node\nmetadata: {}\n", "{}\n", None])
@pytest.mark.parametrize("command", [["check", HOMELAB], ["init"], ["cluster", "up"]])
def test_an_invalid_cluster_file_is_misuse(run: Run, tmp_path: Path, command: list[str], text: str | None) -> None:
    if text is not None:
        (tmp_path / "nodes.yaml").write_text(text)
    done = run(*command, "--cluster", "nodes.yaml")
    assert (done.returncode, "nodes.yaml" in done.stderr) == (2, True), done.stderr


MISUSE = [
    (["render"], "no values file was given"),
    (["routes"], "ai-server routes my.yaml"),
    (["diff", "one.yaml"], "diff was given only one set of values files"),
    (["diff", "a.yaml", "b.yaml", "c.yaml"], "more than two sets"),
    (["check", "-", "--fix"], "--fix cannot write to standard input"),
    (["check", "cluster.yaml", "--cluster", HOMELAB], "swap the files"),
    (["secrets", "new", "--name", "Bad_Name"], '"Bad_Name" is not a valid name of a Secret'),
    (["secrets", "new", "--namespace", "a.b"], '"a.b" is not a valid namespace name'),
    (["render", HOMELAB, "--release", "A"], '"A" is not a valid release name'),
]


@pytest.mark.parametrize(("arguments", "message"), MISUSE, ids=[" ".join(case[0])[:30] for case in MISUSE])
def test_misuse_exits_with_2(run: Run, arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout, message in done.stderr) == (2, "", True), done.stderr


def test_every_command_reads_standard_input(run: Run) -> None:
    text = Path(HOMELAB).read_text()
    assert "no problems" in run("check", "-", text=text).stdout
    assert run("render", "-", text=text).stdout == run("render", HOMELAB).stdout
    assert run("routes", "-f", "-", text=text).stdout == run("routes", "-f", HOMELAB).stdout
    assert run("diff", "-", HOMELAB, text=text).stdout == "no difference\n"


def test_a_finding_in_standard_input_has_its_line(run: Run) -> None:
    assert "-:2:3 error rocm.prt: unknown key" in run("check", "-", text="rocm:\n  prt: 1\n").stdout


def test_a_missing_kubeconfig_says_where_k3s_keeps_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    done = run("discover")
    assert f"the kubeconfig {tmp_path / 'none'} cannot be read: there is no such file" in done.stderr
    assert "/etc/rancher/k3s/k3s.yaml" in done.stderr
