"""Weights that are mapped from the file on Strix Halo."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets


@rule("programs/mapped-weights")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each model of a ROCm node with loadMode auto, mmap or mmap+mlock."""
    told = set()
    for preset in presets(view):
        view.count("ways of loading")
        mode = preset.flags.get("load-mode", "")
        if mode not in ("auto", "mmap", "mmap+mlock") or preset.server.value("backend") != "rocm":
            continue
        keys = preset.key("load-mode")
        if keys != preset.entry and keys not in told:
            told.add(keys)
            yield Violation(keys, f"{mode} hangs or errs with large models on ROCm", "write none")
