"""A key that has another name here."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A key that has another name here, or none any more",
    needs="values",
    why="Other charts, older versions and the programs themselves have other words for the same thing. The list is"
    " tools/ai_server/checks/renamed_keys.yaml.",
    wrong="litellm:\n  replicaCount: 1",
    right="litellm:\n  replicas: 1",
)
check = said(__name__)
