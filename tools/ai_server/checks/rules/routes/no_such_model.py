"""A model that the catalogue does not have."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A model that the catalogue does not have",
    needs="chart",
    why="`serve` and `overrides` of a node name models of rocm.models. The message lists them.",
    wrong="rocm:\n  nodes:\n    halo: {serve: [chatt]}",
    right="rocm:\n  nodes:\n    halo: {serve: [chat]}",
)
check = said(__name__)
