"""check agrees with llama-server, vLLM and LiteLLM on random settings: it reports an error if the program does not start.

An error of another kind is allowed for a program that starts: a flag may be dangerous, or belong to a key of the chart.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ai_server.checks import Finding
from ai_server.checks.facts.pins import pins
from ai_server.helm.gateway import gateway_of
from tests.agreement import installed, program_check, random_flags, random_settings, tiny_models
from tests.agreement.program_starts import Start, ask, start_llama_server
from tests.agreement.proof import Result, Suite

SEED = 14
LLAMA = Suite(
    "llama-server", "`check` is compared with llama-server, started on a model of one layer.", "command lines", 50, 3000
)
VLLM = Suite(
    "vllm", "`check` is compared with vLLM's parser and its checks of the configuration.", "command lines", 50, 3000
)
LITELLM = Suite(
    "litellm", "`check` is compared with LiteLLM, which loads its configuration.", "configurations", 30, 1500
)
ABOUT_THE_START = (
    "flag-value",
    "unknown-flag",
    "flags-exclude",
    "needs-another-flag",
    "batched-tokens",
    "load-mode-flag",
)
"""The rules of programs/ that say that a program exits because of its command line."""
EXITS = re.compile(r"\b(exits|does not start|do not start)\b")
Count = Callable[[Suite], int]
Judge = Callable[[Result], None]
Real = Callable[[Callable[[], Path]], Path]


def compare(result: Result, case: object, start: Start, errors: Sequence[Finding]) -> None:
    """Counts a case: whether the program starts, against the errors of check."""
    about = [finding for finding in errors if finding.rule.removeprefix("programs/") in ABOUT_THE_START]
    about += [finding for finding in errors if EXITS.search(finding.message) and finding not in about]
    if not start.ok and not errors:
        result.disagree("it does not start, and `check` reports no error", f"{case}: {start.says}")
    elif start.ok and about:
        result.disagree(f"it starts, and {about[0].rule} says that it does not", f"{case}: {about[0].message}")
    else:
        result.agree()


def releases(preset: str, lines: Iterator[list[str]], count: int, file: Path) -> Iterator[tuple[Any, ...]]:
    """Command lines in releases of some nodes: the lines, their errors and their containers."""
    while part := list(islice(lines, min(count, program_check.NODES))):
        count -= len(part)
        values = program_check.release(preset, part)
        errors = program_check.errors_by_node(file, values, len(part))
        name = "llama-server" if preset == "rocm" else "vllm"
        yield part, errors, program_check.containers(program_check.rendered(file), name)


def test_llama_server(tmp_path: Path, cases: Count, judge: Judge, real: Real) -> None:
    program, model = real(installed.llama_server), tiny_models.write_gguf(tmp_path / "tiny.gguf")
    lines = random_flags.command_lines("llama-server", random_flags.SKIPPED["llama-server"], SEED)
    result = Result(LLAMA, {"llama-server": pins()["llama-server"].version})
    port = 20000
    for part, errors, containers in releases("rocm", lines, cases(LLAMA), tmp_path / "values.yaml"):
        commands = []
        for container in containers:
            port = 20000 + (port + 1) % 10000
            arguments = program_check.with_values(
                container["args"], host="127.0.0.1", port=str(port), model=str(model), device="none"
            )
            env = {variable["name"]: variable["value"] for variable in container["env"] if "value" in variable}
            commands.append((arguments, env))
        starts = start_llama_server(program, commands, tmp_path)
        for words, found, start in zip(part, errors, starts, strict=True):
            compare(result, words, start, found)
    judge(result)


@pytest.mark.slow("imports vLLM", "tests/agreement")
def test_vllm(tmp_path: Path, cases: Count, judge: Judge, real: Real) -> None:
    python, model = real(installed.vllm_python), tiny_models.write_folder(tmp_path / "model")
    lines = random_flags.command_lines("vllm", random_flags.SKIPPED["vllm"], SEED)
    result = Result(VLLM, {"vllm": pins()["vllm"].version})
    asked = list(releases("thor", lines, cases(VLLM), tmp_path / "values.yaml"))
    commands = [[str(model), *container["args"][1:]] for _, _, containers in asked for container in containers]
    starts = iter(ask(python, "in_vllm.py", commands, tmp_path))
    for part, errors, _ in asked:
        for words, found in zip(part, errors, strict=True):
            compare(result, words, next(starts), found)
    judge(result)


@pytest.mark.slow("imports LiteLLM", "tests/agreement")
def test_litellm(tmp_path: Path, cases: Count, judge: Judge, real: Real) -> None:
    python, file = real(installed.litellm_python), tmp_path / "values.yaml"
    result = Result(LITELLM, {"litellm": pins()["litellm"].version})
    asked, configurations = [], []
    for settings in islice(random_settings.settings(SEED), cases(LITELLM)):
        values = {**program_check.release("rocm", [[]]), "litellm": settings}
        findings = program_check.findings_of(file, values)
        asked.append((settings, [finding for finding in findings if finding.severity == "error"]))
        configurations.append(gateway_of(program_check.rendered(file).of_kind("ConfigMap")).config)
    starts = ask(python, "in_litellm.py", configurations, tmp_path)
    for (settings, errors), start in zip(asked, starts, strict=True):
        compare(result, settings, start, errors)
    judge(result)
