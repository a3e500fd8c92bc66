"""A chat page that pages of others may use."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.checks.running import running

RULE = Rule(
    "A chat page that pages of others may use",
    severity="warning",
    why="With CORS_ALLOW_ORIGIN: '*' any page in the browser of somebody who is signed in may talk to Open WebUI, which"
    " warns of it itself. The chart allows openwebui.url alone.",
    wrong="openwebui:\n  extraEnv: {CORS_ALLOW_ORIGIN: '*'}",
    right="openwebui:\n  url: https://chat.example.lan",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for an asterisk among the origins."""
    for each in running(context):
        if each.program == "openwebui":
            context.count("origins")
            if "*" in str(each.env.get("CORS_ALLOW_ORIGIN", "")).split(";"):
                message = "any page may talk to the chat page"
                yield Found(each.env_key("CORS_ALLOW_ORIGIN"), message, "take it out: openwebui.url is allowed")
