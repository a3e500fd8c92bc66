"""One name for two kinds of model."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "One name for two kinds of model",
    needs="chart",
    why="A request would reach a model that cannot answer it, now and then.",
    wrong="thor:\n  speech: {models: {small: {}}}",
    right="thor:\n  speech: {models: {small-whisper: {}}}",
)
check = said(__name__)
