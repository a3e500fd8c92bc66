"""The Python environments of a trial, with stand-ins for the programs that install them."""

import sys
from pathlib import Path

import pytest

from ai_server.errors import UserError
from ai_server.local import environment

OLD_UV = """#!/bin/sh
case "$*" in *--clear*) echo "error: unexpected argument '--clear'" >&2; exit 2;; esac
for last; do :; done
[ "$1" != venv ] || /bin/mkdir "$last"
"""
NO_VENV = "#!/bin/sh\necho 'ensurepip is not available'\nexit 1\n"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache, and a PATH without uv."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))


def script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_half_an_environment_is_replaced_by_an_old_uv_as_well(tmp_path: Path) -> None:
    script(tmp_path / "uv", OLD_UV)
    half = environment.place("litellm").parent
    half.mkdir(parents=True)
    environment.python("litellm")
    assert not half.exists()
    assert half.with_name("ai-server-ready").is_file()


def test_the_size_of_an_installation_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script(tmp_path / "uv", OLD_UV)
    environment.python("openwebui")
    assert f"install {environment.version('openwebui')} (1 GB) ...\n" in capsys.readouterr().err


def test_a_python_without_venv_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(script(tmp_path / "python3", NO_VENV)))
    monkeypatch.setattr(sys, "version_info", (3, 12))
    with pytest.raises(UserError, match="ensurepip is not available") as error:
        environment.python("litellm")
    assert "python3-venv" in error.value.hint
