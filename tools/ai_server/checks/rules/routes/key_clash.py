"""Two models whose keys would be one."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "Two models elsewhere whose keys would be one",
    needs="chart",
    why="Each model's key becomes a variable of its name in capitals, with _ for every other sign: of a-b and a_b the"
    " later key would be sent to both providers.",
    wrong="litellm:\n  models:\n"
    "    a-b: {model: openai/x, apiBase: https://a.example.com/v1, apiKeySecret: {name: one}}\n"
    "    a_b: {model: openai/x, apiBase: https://b.example.com/v1, apiKeySecret: {name: two}}",
    right="litellm:\n  models:\n"
    "    a: {model: openai/x, apiBase: https://a.example.com/v1, apiKeySecret: {name: one}}\n"
    "    b: {model: openai/x, apiBase: https://b.example.com/v1, apiKeySecret: {name: two}}",
)
check = said(__name__)
