"""Nothing that answers."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A release without a backend",
    needs="chart",
    why="Without a node, and without a model elsewhere, the API answers nothing and the page has nobody to ask.",
    wrong="rocm:\n  nodes:\n    halo: {enabled: false}\nthor:\n  nodes:\n    thor: {enabled: false}",
    right="rocm:\n  nodes:\n    halo: {enabled: true}",
)
check = said(__name__)
