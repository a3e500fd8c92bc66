"""A key without a value."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A key without a value",
    needs="values",
    why="Nothing after the colon is null, and with a null Helm deletes the chart's default: templates would meet"
    " a hole.",
    wrong="rocm:\n  port:",
    right="rocm:\n  port: 8080",
)
check = said(__name__)
