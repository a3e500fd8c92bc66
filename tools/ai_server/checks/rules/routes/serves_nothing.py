"""A node entry that serves nothing."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A node that serves nothing",
    needs="chart",
    why="Its pod would take the GPU for no model.",
    wrong="thor:\n  nodes:\n    thor: {vllm: {enabled: false}, comfyui: {enabled: false}, speech: {enabled: false}}",
    right="thor:\n  nodes:\n    thor: {vllm: {enabled: false}}",
)
check = said(__name__)
