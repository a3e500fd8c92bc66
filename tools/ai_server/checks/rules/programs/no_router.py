"""Several models on a build that serves one."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "Several models on a build of llama.cpp that serves one",
    needs="chart",
    why="llama-server serves several models since b7389. An older image of one's own serves one model a node.",
    wrong="rocm:\n  build: 7079\n  models:\n    embed: {file: gguf/embed.gguf, mode: embedding}",
    right="rocm:\n  models:\n    embed: {file: gguf/embed.gguf, mode: embedding}",
)
check = said(__name__)
