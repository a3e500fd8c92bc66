"""A chat page without an API."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A chat page without an API to talk to",
    needs="chart",
    why="Open WebUI talks to the release's LiteLLM, or to the API of openwebui.gatewayUrl in a pod of its own.",
    wrong="litellm:\n  enabled: false",
    right="litellm:\n  enabled: false\nopenwebui: {mode: standalone, gatewayUrl: http://api.lan:4000/v1}",
)
check = said(__name__)
