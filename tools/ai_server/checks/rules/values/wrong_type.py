"""A value of another type."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A value of the wrong type",
    needs="values",
    why="A number in quotes is text, a single value is no list. Templates would fail on it, or write something else"
    " than was meant.",
    wrong='rocm:\n  port: "8080"',
    right="rocm:\n  port: 8080",
)
check = said(__name__)
