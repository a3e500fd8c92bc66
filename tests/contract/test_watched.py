"""What of a program's log, variables and network the tests see."""

import os
import subprocess
import sys
from pathlib import Path

from tests.contract import programs, watched


def test_a_watched_program_shows_what_it_asks_for_and_reads(tmp_path: Path) -> None:
    script = "import os, socket; os.getenv('ONE')\ndict(os.environ)\ntry: socket.getaddrinfo('no.invalid', 1)\nexcept OSError: pass"
    env = {"CONTRACT_CANARY": "1", "CONTRACT_WATCH": str(tmp_path / "watch"), "PYTHONPATH": str(programs.WATCH)}
    subprocess.run([sys.executable, "-c", script], env={"PATH": os.defpath, "ONE": "1", "TWO": "2", **env}, check=True)
    assert watched.hosts_asked(tmp_path / "watch") == {"no.invalid"}
    assert watched.hosts_asked(tmp_path / "watch", {"no.invalid"}) == set()
    assert "TWO" not in watched.variables_read(tmp_path / "watch") >= {"ONE"}


def test_a_line_of_a_log_is_a_problem_unless_it_is_known() -> None:
    log = "INFO: ready\nWARNING: trusted proxies\nValueError: unknown key"
    assert watched.problems(log, {"trusted proxies": "of another feature"}) == ["ValueError: unknown key"]
