"""check agrees with llama-server, vLLM and LiteLLM on random settings: it reports what stops the program at its start.

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
from tests.agreement import blame, installed, program_check, random_flags, random_settings, tiny_models
from tests.agreement.program_starts import Start, ask, start_llama_server
from tests.agreement.proof import Result, Suite

SEED = 14
STRICT = "An error of `check` counts if it is at the setting that the program names."
LLAMA = Suite(
    "llama-server",
    f"Random command lines, with which llama-server starts on a model of one layer, or exits. {STRICT}",
    "command lines",
    few=50,
    full=500,
)
VLLM = Suite(
    "vllm",
    f"Random command lines, read by vLLM's parser and its checks of the configuration. {STRICT}",
    "command lines",
    few=50,
    full=500,
)
LITELLM = Suite(
    "litellm",
    f"Random settings, which LiteLLM loads as its configuration. {STRICT}",
    "configurations",
    few=30,
    full=1000,
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
NO_SERVER = "programs/no-server"
"""The rule that says that the program does something else and exits, whatever it names."""
OTHER_REASONS = ("flag-twice", "one-gpu")
"""The rules that count as well if the program names no flag: check does not look at the value of a flag that it rejects,
because the chart has a key for it.
"""
EXITS = re.compile(r"\b(exits|does not start|do not start)\b")
Count = Callable[[Suite], int]
Judge = Callable[[Result], None]
Real = Callable[[Callable[[], Path]], Path]


def says_it_exits(error: Finding) -> bool:
    """Whether an error says that the program does not start."""
    return error.rule.removeprefix("programs/") in ABOUT_THE_START or bool(EXITS.search(error.message))


def compare(result: Result, program: str, words: Sequence[str], start: Start, errors: Sequence[Finding]) -> None:
    """Counts a command line: whether the program starts, against the errors of check about what the program names."""
    blamed = blame.blamed_words(program, words, start.says)
    others = [
        error for error in errors if error.rule.removeprefix("programs/") in OTHER_REASONS or says_it_exits(error)
    ]
    found = blame.at_words([error.key for error in errors], blamed) if blamed else bool(others)
    found = found or any(error.rule == NO_SERVER for error in errors)
    count(result, words, start, errors, found=found, of=blame.flag_of(program, words, blamed))


def count(result: Result, case: object, start: Start, errors: Sequence[Finding], *, found: bool, of: str) -> None:
    """Counts a case. found: whether check reports what stops the program. of: what stops it, in a word."""
    about = next(filter(says_it_exits, errors), None)
    if not start.ok and not found:
        result.disagree(f"missed: {of}", f"{case}: {start.says}: {[error.key for error in errors]}")
    elif start.ok and about:
        result.disagree(f"stricter: {blame.place(result.suite.name, case, about.key)}", f"{case}: {about.message}")
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
            compare(result, "llama-server", words, start, found)
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
            compare(result, "vllm", words, next(starts), found)
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
        settings_to_blame = blame.setting_keys(settings, start.says)
        found = blame.at_settings([error.key for error in errors], settings_to_blame)
        count(result, settings, start, errors, found=found, of=settings_to_blame[0].rpartition(".")[2])
    judge(result)
