"""An instance that the first visitor owns."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule

RULE = Rule(
    "A chat page whose first visitor becomes administrator",
    severity="warning",
    why="Without admin.email the first account that is made owns the instance, and whoever is quickest makes it.",
    wrong='openwebui:\n  admin: {email: ""}\n  ingress: {enabled: true, host: chat.example.lan}',
    right="openwebui:\n  admin: {email: me@example.lan}\n  ingress: {enabled: true, host: chat.example.lan}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning where the page can be reached from outside and has no administrator."""
    if not context.get("openwebui", "enabled") or context.get("openwebui", "admin", "email"):
        return
    opened = context.get("openwebui", "service", "type") != "ClusterIP"
    if context.get("openwebui", "ingress", "enabled") or opened:
        message = "the first visitor becomes administrator"
        yield Found(("openwebui", "admin", "email"), message, "write your address: the password is in the Secret")
