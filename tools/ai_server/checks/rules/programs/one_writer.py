"""Two gateways with one chat page's data."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "Several gateways while the chat page is their sidecar",
    needs="chart",
    why="As a sidecar Open WebUI runs in every pod of LiteLLM, and its SQLite database has one writer.",
    wrong="litellm:\n  replicas: 2",
    right="litellm:\n  replicas: 2\nopenwebui:\n  mode: standalone",
)
check = said(__name__)
