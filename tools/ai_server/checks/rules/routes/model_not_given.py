"""A model entry without a model."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "An entry that does not say what its model is",
    needs="chart",
    why="A model of rocm needs its GGUF file, vLLM the folder of its model, a model elsewhere its provider and name.",
    wrong="rocm:\n  models:\n    more: {mode: embedding}",
    right="rocm:\n  models:\n    more: {file: gguf/more.gguf, mode: embedding}",
)
check = said(__name__)
