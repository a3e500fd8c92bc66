"""A tab where YAML wants spaces."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A tab in the indentation",
    needs="values",
    why="YAML is indented with spaces only; a tab looks the same and ends the reading of the file.",
    wrong="rocm:\n\tport: 8080",
    right="rocm:\n  port: 8080",
)
check = said(__name__)
