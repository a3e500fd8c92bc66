"""A GPU that calls itself another."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs


@rule("programs/hsa-override")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning where the variable is set on the project's own image."""
    for each in programs(view):
        view.count("variables")
        if "HSA_OVERRIDE_GFX_VERSION" in each.env and "ggml-org/llama.cpp" in each.container["image"]:
            keys = each.env_key("HSA_OVERRIDE_GFX_VERSION")
            yield Violation(keys, "the image knows the GPU without it, and slows down or fails with it", "take it out")
