"""A number outside its range."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A number outside its range",
    needs="values",
    why="The message says why the range ends where it does: a port has 16 bits, a share of the memory is at most 1.",
    wrong="rocm:\n  port: 80800",
    right="rocm:\n  port: 8080",
)
check = said(__name__)
