"""A GPU that calls itself another."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "HSA_OVERRIDE_GFX_VERSION on an image that knows the GPU",
    severity="warning",
    why="The images of llama.cpp are built for gfx1151. The override is for builds that are not: here it makes them run"
    " the kernels of another GPU (llama.cpp docs/docker.md).",
    wrong="rocm:\n  extraEnv: {HSA_OVERRIDE_GFX_VERSION: 11.5.1}",
    right="rocm:\n  extraEnv: {}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning where the variable is set on the project's own image."""
    for each in running(context):
        context.count("variables")
        if "HSA_OVERRIDE_GFX_VERSION" in each.env and "ggml-org/llama.cpp" in each.container["image"]:
            keys = each.env_key("HSA_OVERRIDE_GFX_VERSION")
            yield Found(keys, "the image knows the GPU without it, and slows down or fails with it", "take it out")
