"""A key that nobody reads."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A key that the chart does not have",
    needs="values",
    why="Helm alone would pass over a misspelt key and keep the default: the setting would silently not be set.",
    wrong="rocm:\n  imagee: {tag: server-rocm-b11434}",
    right="rocm:\n  image: {tag: server-rocm-b11434}",
)
check = said(__name__)
