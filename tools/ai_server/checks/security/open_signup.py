"""Accounts for everybody."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule

RULE = Rule(
    "Accounts that strangers make and use at once",
    why="With enableSignup every visitor may make an account; with defaultUserRole: user it works at once, with admin"
    " it owns the instance. pending waits for the administrator.",
    wrong="openwebui:\n  enableSignup: true\n  defaultUserRole: admin",
    right="openwebui:\n  enableSignup: true\n  defaultUserRole: pending",
)


def check(context: Context) -> Iterator[Found]:
    """An error for administrators, a warning for users of a page that is open to the outside."""
    if not context.get("openwebui", "enabled"):
        return
    role = context.get("openwebui", "defaultUserRole")
    signup = context.get("openwebui", "enableSignup")
    if role == "admin":
        yield Found(("openwebui", "defaultUserRole"), "every new account would be an administrator", "write pending")
    elif signup and role == "user" and context.get("openwebui", "ingress", "enabled"):
        message = "whoever reaches the page makes an account and uses it"
        yield Found(("openwebui", "enableSignup"), message, "write defaultUserRole: pending", severity="warning")
