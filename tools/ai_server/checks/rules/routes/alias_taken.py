"""An alias that is a model's name."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "An alias that is a model's own name",
    needs="chart",
    why="The alias would hide the model, or the model the alias.",
    wrong="litellm:\n  routing: {aliases: {chat: small}}",
    right="litellm:\n  routing: {aliases: {gpt-4o: small}}",
)
check = said(__name__)
