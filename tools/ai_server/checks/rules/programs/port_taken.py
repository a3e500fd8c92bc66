"""Two programs of one pod on one port."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "Two programs of one pod on one port",
    needs="chart",
    why="Containers of a pod share its ports: the second program cannot listen and ends. vLLM and Speaches both take"
    " 8000 unless told otherwise.",
    wrong="thor:\n  speech: {port: 8000}",
    right="thor:\n  speech: {port: 8001}",
)
check = said(__name__)
