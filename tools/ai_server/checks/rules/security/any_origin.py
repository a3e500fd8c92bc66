"""A program that pages of others may use."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs

LLAMA = "LLAMA_ARG_CORS_ORIGINS"


@rule("security/any-origin")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for an asterisk among the origins."""
    for each in programs(view):
        if each.program == "llama-server":
            view.count("origins")
            told = {each.argument_key(flag) for flag, value in each.flags if flag == "--cors-origins" and "*" in value}
            told |= {each.env_key(name) for name in [LLAMA] if "*" in str(each.env.get(name, ""))}
            for keys in told:
                yield Violation(keys, "any page may ask llama-server from a browser in the house", "take it out")
        if each.program == "openwebui":
            view.count("origins")
            if "*" in str(each.env.get("CORS_ALLOW_ORIGIN", "")).split(";"):
                message = "any page may talk to the chat page"
                yield Violation(each.env_key("CORS_ALLOW_ORIGIN"), message, "take it out: openwebui.url is allowed")
