"""Whether a real program starts: llama-server itself, and the parsers of vLLM and LiteLLM in their own Python."""

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

HERE = Path(__file__).parent
SECONDS = 20
AT_ONCE = 2
LISTENS = "listening on http"
LAST_WORDS = 600


@dataclass(frozen=True)
class Start:
    """Whether a program starts, and what it says if it does not."""

    ok: bool
    says: str = ""


def start_llama_server(
    program: Path, command_lines: Sequence[tuple[list[str], dict[str, str]]], folder: Path
) -> list[Start]:
    """Starts llama-server with each command line and its variables, and stops it as soon as it listens."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda line: _start(program, *line, folder), command_lines))


def _start(program: Path, arguments: list[str], env: dict[str, str], folder: Path) -> Start:
    with subprocess.Popen(
        [program, *arguments],
        cwd=folder,
        env={**env, "HOME": str(folder), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        stop = Timer(SECONDS, running.kill)
        stop.start()
        lines = []
        try:
            for line in running.stdout or ():
                lines.append(line)
                if LISTENS in line:
                    return Start(ok=True)
        finally:
            stop.cancel()
            running.kill()
    lines = [line for line in lines if not line.startswith("warning: ")]
    problems = [line for line in lines if " E " in line or "error" in line or "ASSERT" in line]
    return Start(ok=False, says="".join(problems or lines)[:LAST_WORDS].strip())


def ask(python: Path, script: str, cases: Iterable[object], folder: Path) -> list[Start]:
    """Passes each case, as a line of JSON, to a script of this folder, which answers with a line of JSON each."""
    run = subprocess.run(
        [python, HERE / script, folder],
        input="".join(f"{json.dumps(case)}\n" for case in cases),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    answers = [json.loads(line.removeprefix("ANSWER")) for line in run.stdout.splitlines() if line.startswith("ANSWER")]
    assert run.returncode == 0, run.stderr[-2000:]
    return [Start(not says, says) for says in answers]
