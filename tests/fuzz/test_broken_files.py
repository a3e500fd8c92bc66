"""Invalid values files cause a clear message and exit status 2, and take a bounded amount of time and memory."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("ai-server")
MEMORY_BYTES = 1 << 30
CPU_SECONDS = 60

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefghij", "bcdefghijk", strict=True)
)
EMPTY = {
    "empty": b"",
    "spaces": b" \n\n  \n",
    "comments": b"# rocm: {}\n# nothing\n",
    "only a null": b"~\n",
}
"""Files without content, which Helm accepts as values, and which describe no cluster."""
BROKEN = {
    **EMPTY,
    "binary": bytes(range(256)) * 40,
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "ten megabytes": b"rocm: {port: 8080}\n" + b"# filler\n" * 1_200_000,
    "deep lists": b"a: " + b"[" * 100_000 + b"]" * 100_000,
    "deep maps": b"".join(b" " * depth + b"a:\n" for depth in range(3000)),
    "an alias bomb": BOMB.encode(),
    "a list that holds itself": b"a: &a [*a]\n",
    "a map that holds itself": b"a: &a {b: *a}\n",
    "UTF-16": "rocm: {port: 8080}\n".encode("utf-16"),
    "UTF-32": "rocm: {port: 8080}\n".encode("utf-32"),
    "Latin-1": "openwebui: {admin: {name: J\u00f6rg}}\n".encode("latin-1"),
    "a list": b"- rocm\n- thor\n",
    "a word": b"rocm\n",
    "a number": b"42\n",
    "a null key": b"~: 1\n",
    "a list as a key": b"[a, b]: 1\n",
    "an endless number": b"rocm: {port: .inf}\n",
}
"""Kinds of broken files, and their bytes."""
BROKEN_VALUES = {kind: text for kind, text in BROKEN.items() if kind not in EMPTY}
BROKEN_VALUES["two million items"] = b"a: [" + b"0," * 1_900_000 + b"0]\n"
SYNTAX = {
    "a NUL": (b"rocm: {port: 80\x0080}\n", 2),
    "an unknown alias": (b"rocm: *nothing\n", 1),
    "an open brace": (b"rocm: {port: 8080\n", 1),
    "an unknown directive": (b"%FOO\nrocm: {}\n", 1),
}
"""Invalid YAML is a finding with its line (exit status 1); a file that is not text is misuse (2)."""
LARGE = {
    "150 000 items": b"rocm: {extraArgs: [" + b"0," * 150_000 + b"0]}\n",
    "100 000 unknown keys": b"rocm:\n" + b"".join(b"  k%08d: x\n" % number for number in range(100_000)),
    "10 000 entries with a typo": b"rocm:\n  models:\n" + b"".join(b"    m%d: {fil: x}\n" % n for n in range(10_000)),
}
"""Values files with very many errors, but valid YAML."""


def check(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))

    done = subprocess.run(
        [COMMAND, "check", *arguments], input=stdin, capture_output=True, check=False, preexec_fn=bounded
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def is_clear(done: subprocess.CompletedProcess[str], name: str) -> bool:
    said = done.stdout + done.stderr
    return name in said and "Traceback" not in said and "internal error" not in said and len(said) < 1500


@pytest.mark.parametrize("kind", BROKEN_VALUES)
def test_a_broken_values_file_is_misuse(tmp_path: Path, kind: str) -> None:
    (tmp_path / "values.yaml").write_bytes(BROKEN_VALUES[kind])
    done = check("-f", tmp_path / "values.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert is_clear(done, "values.yaml")


@pytest.mark.parametrize("kind", EMPTY)
def test_a_file_without_values_is_judged_as_helm_takes_it(tmp_path: Path, kind: str) -> None:
    (tmp_path / "values.yaml").write_bytes(EMPTY[kind])
    done = check("-f", tmp_path / "values.yaml")
    assert (done.returncode, "no backend is configured" in done.stdout) == (1, True)


@pytest.mark.parametrize("kind", SYNTAX)
def test_a_file_that_cannot_be_parsed_is_refused(tmp_path: Path, kind: str) -> None:
    content, status = SYNTAX[kind]
    (tmp_path / "values.yaml").write_bytes(content)
    done = check("-f", tmp_path / "values.yaml")
    assert done.returncode == status
    assert is_clear(done, "values.yaml")


@pytest.mark.slow("checks files of a megabyte")
@pytest.mark.parametrize("kind", LARGE)
def test_a_file_with_very_many_mistakes_gets_a_short_report(tmp_path: Path, kind: str) -> None:
    (tmp_path / "values.yaml").write_bytes(LARGE[kind])
    done = check("-f", tmp_path / "values.yaml")
    assert (done.returncode, done.stderr) == (1, "")
    assert len(done.stdout) < 400_000


@pytest.mark.parametrize("kind", [kind for kind in BROKEN if kind not in ("an endless number",)])
def test_a_broken_cluster_file_is_misuse(tmp_path: Path, kind: str) -> None:
    (tmp_path / "values.yaml").write_text("rocm: {port: 8080}\n")
    (tmp_path / "cluster.yaml").write_bytes(BROKEN[kind])
    done = check("-f", tmp_path / "values.yaml", "--cluster", tmp_path / "cluster.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert is_clear(done, "cluster.yaml")


def test_a_folder_is_misuse(tmp_path: Path) -> None:
    done = check("-f", tmp_path)
    assert done.returncode == 2
    assert "is a folder" in done.stderr


def test_a_file_that_is_not_there_is_misuse(tmp_path: Path) -> None:
    assert check("-f", tmp_path / "gone.yaml").returncode == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_misuse(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("rocm: {}\n")
    (tmp_path / "values.yaml").chmod(0)
    done = check("-f", tmp_path / "values.yaml")
    assert done.returncode == 2
    assert "cannot be read" in done.stderr


def test_a_file_that_the_system_will_not_read_is_misuse() -> None:
    done = check("-f", "/proc/self/mem")
    assert done.returncode == 2
    assert "cannot be read" in done.stderr


def test_a_device_without_an_end_is_misuse() -> None:
    done = check("-f", "/dev/zero")
    assert done.returncode == 2
    assert "larger than" in done.stderr


def test_values_may_come_from_a_pipe() -> None:
    done = check("-f", "/dev/stdin", stdin=b"rocm:\n  prt: 8080\n")
    assert done.returncode == 1
    assert "/dev/stdin:2:3 error rocm.prt" in done.stdout


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_other_line_endings_are_read(tmp_path: Path, ending: str) -> None:
    (tmp_path / "values.yaml").write_bytes(b"\xef\xbb\xbf" + ending.join(["rocm:", "  prt: 8080", ""]).encode())
    done = check("-f", tmp_path / "values.yaml")
    assert done.returncode == 1
    assert "values.yaml:2:3 error rocm.prt" in done.stdout
