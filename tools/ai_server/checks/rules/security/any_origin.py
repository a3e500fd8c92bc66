"""A program that pages of others may use."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "A program that pages of others may use",
    severity="warning",
    why="With CORS_ALLOW_ORIGIN: '*' any page in the browser of somebody who is signed in may talk to Open WebUI, which"
    " warns of it itself. The chart allows openwebui.url alone.",
    wrong="openwebui:\n  extraEnv: {CORS_ALLOW_ORIGIN: '*'}",
    right="openwebui:\n  url: https://chat.example.lan",
)


LLAMA = "LLAMA_ARG_CORS_ORIGINS"


def check(context: Context) -> Iterator[Found]:
    """A warning for an asterisk among the origins."""
    for each in running(context):
        if each.program == "llama-server":
            context.count("origins")
            told = {each.argument_key(flag) for flag, value in each.flags if flag == "--cors-origins" and "*" in value}
            told |= {each.env_key(name) for name in [LLAMA] if "*" in str(each.env.get(name, ""))}
            for keys in told:
                yield Found(keys, "any page may ask llama-server from a browser in the house", "take it out")
        if each.program == "openwebui":
            context.count("origins")
            if "*" in str(each.env.get("CORS_ALLOW_ORIGIN", "")).split(";"):
                message = "any page may talk to the chat page"
                yield Found(each.env_key("CORS_ALLOW_ORIGIN"), message, "take it out: openwebui.url is allowed")
