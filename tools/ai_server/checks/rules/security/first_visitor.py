"""An instance that the first visitor owns."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "A chat page whose first visitor becomes administrator",
    severity="warning",
    why="Without admin.email the first account that is made owns the instance, and whoever is quickest makes it.",
    wrong='openwebui:\n  admin: {email: ""}\n  url: https://chat.example.lan\n'
    "  ingress: {enabled: true, host: chat.example.lan}",
    right="openwebui:\n  admin: {email: me@example.lan}\n  url: https://chat.example.lan\n"
    "  ingress: {enabled: true, host: chat.example.lan}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning where the page can be reached from outside and has no administrator, or one without a password."""
    for each in running(context):
        opened = context.get("openwebui", "service", "type") != "ClusterIP"
        if each.program != "openwebui" or not (opened or context.get("openwebui", "ingress", "enabled")):
            continue
        context.count("first visitors")
        message = "the first visitor becomes administrator"
        if not each.env.get("WEBUI_ADMIN_EMAIL"):
            variable = each.env_key("WEBUI_ADMIN_EMAIL")
            keys = variable if context.given(*variable) else ("openwebui", "admin", "email")
            yield Found(keys, message, "write your address: the password is in the Secret")
        elif not each.env.get("WEBUI_ADMIN_PASSWORD"):
            keys = each.env_key("WEBUI_ADMIN_PASSWORD")
            yield Found(keys, f"without a password no account is made: {message}", "take it out")
