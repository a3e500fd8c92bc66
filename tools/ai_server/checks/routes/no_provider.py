"""A model elsewhere without a provider."""

from ai_server.checks.findings import said
from ai_server.checks.rules import Rule

RULE = Rule(
    "A model elsewhere without LiteLLM's provider",
    needs="chart",
    why="LiteLLM drops a model whose name has no provider before the slash, says so in a log line, and starts without"
    " it.",
    wrong="litellm:\n  models:\n    more: {model: qwen3, apiBase: http://more.lan:8000/v1}",
    right="litellm:\n  models:\n    more: {model: hosted_vllm/qwen3, apiBase: http://more.lan:8000/v1}",
)
check = said(__name__)
