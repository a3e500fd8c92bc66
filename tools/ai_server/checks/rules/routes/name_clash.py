"""One name for two models."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "One name for different weights",
    needs="chart",
    why="Backends of one name share its requests: with different weights, answers differ from request to request."
    " Rename one, or say in litellm.routing.sharedNames that either will do.",
    wrong="litellm:\n  models:\n    chat: {model: hosted_vllm/other, apiBase: http://more.lan:8000/v1}",
    right="litellm:\n  models:\n    other: {model: hosted_vllm/other, apiBase: http://more.lan:8000/v1}",
)
check = said(__name__)
