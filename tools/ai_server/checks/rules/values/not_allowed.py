"""A value that is none of the choices."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A value that is none of the choices",
    needs="values",
    why="Some keys have a few possible values only. The message lists them.",
    wrong="rocm:\n  backend: cuda",
    right="rocm:\n  backend: vulkan",
)
check = said(__name__)
