"""A variable that the program does not read."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import leaves
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.rules.programs.load_mode_flag import OLD_ENV
from ai_server.checks.subjects.programs import programs

JUDGED = ("llama-server", "vllm", "speaches", "litellm", "openwebui")
OF_LIBRARIES = ("OTEL_", "AWS_", "GOOGLE_", "AZURE_", "NVIDIA_", "CUDA_", "PYTORCH_", "TORCH_", "NCCL_")
"""Read by libraries inside the programs, whose own lists are longer than what a program names itself."""
MOST_GUESSED = 100
"""Unknown variables for which the nearest is looked for: with more, the file is for something else."""
LEAST_LETTERS = 8
"""Shorter names are near to too many others."""
BY_BUILD = {"LLAMA_ARG_LOAD_MODE", *OLD_ENV}
"""programs/load-mode-flag looks at the build for these."""


@rule("programs/unknown-env")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such variable that the values give."""
    # LiteLLM's configuration asks for others by their names: keyEnv, and os.environ/NAME
    judged = 0
    named = {str(value).removeprefix("os.environ/") for _, value in leaves(view.merged)}
    for each in programs(view):
        if each.program not in JUDGED:
            continue
        known = flags_of(each.program)
        for name in each.env:
            keys = each.env_key(name)
            if known.reads(name) or name in BY_BUILD or not view.given(*keys) or name in named:
                continue
            view.count("variables")
            judged += 1
            likely = len(name) >= LEAST_LETTERS and judged <= MOST_GUESSED and not name.startswith(OF_LIBRARIES)
            near = known.near_env(name) if likely else ""
            if keys[:1] != ("global",) and (near or name.startswith(known.prefixes or ("\0",))):
                hint = f"; did you mean {near}?" if near else ""
                fix = f"write {near}" if near else "take it out: it does nothing"
                yield Violation(keys, f"{each.version} does not read {name}{hint}", fix, severity=each.severity)
