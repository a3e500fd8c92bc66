"""Weights that are mapped from the file on Strix Halo."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import presets

RULE = Rule(
    "Weights that ROCm maps from the file",
    severity="warning",
    why="On gfx1151 loads of more than 20 GB hang with mmap (ROCm issue 6182), and some builds computed wrong answers"
    " from mapped weights (llama.cpp pull request 26543). loadMode: none reads them into memory.",
    wrong="rocm:\n  server: {loadMode: mmap}",
    right="rocm:\n  server: {loadMode: none}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for each model of a ROCm node with loadMode auto, mmap or mmap+mlock."""
    told = set()
    for preset in presets(context):
        context.count("ways of loading")
        mode = preset.flags.get("load-mode", "")
        if mode not in ("auto", "mmap", "mmap+mlock") or preset.running.value("backend") != "rocm":
            continue
        keys = preset.key("load-mode")
        if keys != preset.entry and keys not in told:
            told.add(keys)
            yield Found(keys, f"{mode} hangs or errs with large models on ROCm", "write none")
