"""A file that is no YAML."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A file that is not valid YAML",
    needs="values",
    why="A missing quote or bracket, a colon without a space, or a line that is indented like none above it.",
    wrong="rocm:\n  image: {tag: server-rocm-b11434",
    right="rocm:\n  image: {tag: server-rocm-b11434}",
)
check = said(__name__)
