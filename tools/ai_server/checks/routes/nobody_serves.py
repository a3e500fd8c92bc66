"""A name that nobody serves."""

from ai_server.checks.findings import said
from ai_server.checks.rules import Rule

RULE = Rule(
    "A model that nobody serves",
    needs="chart",
    why="A fallback, an alias or a model of the chat page that no backend serves is an error at the first request"
    " only: LiteLLM itself checks none of them.",
    wrong="litellm:\n  routing: {fallbacks: {chat: [chat-two]}}",
    right="litellm:\n  routing: {aliases: {gpt-4o: chat}}",
)
check = said(__name__)
