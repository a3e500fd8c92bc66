"""Accounts for everybody."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import Running, running
from ai_server.reading.profiles import Keys

RULE = Rule(
    "Accounts that strangers make and use at once",
    why="With enableSignup every visitor may make an account; with defaultUserRole: user it works at once, with admin"
    " it owns the instance. pending waits for the administrator.",
    wrong="openwebui:\n  enableSignup: true\n  defaultUserRole: admin",
    right="openwebui:\n  enableSignup: true\n  defaultUserRole: pending",
)


def check(context: Context) -> Iterator[Found]:
    """An error for administrators, a warning for users of a page that is open to the outside: by the variables that
    the page gets, which extraEnv may have changed.
    """
    for each in running(context):
        if each.program != "openwebui":
            continue
        context.count("accounts")
        role = each.env.get("DEFAULT_USER_ROLE")
        signup = str(each.env.get("ENABLE_SIGNUP", "true")).lower() == "true"
        opened = context.get("openwebui", "service", "type") != "ClusterIP"
        if role == "admin":
            keys = _key(context, each, "DEFAULT_USER_ROLE", "defaultUserRole")
            yield Found(keys, "every new account would be an administrator", "write pending")
        elif signup and role == "user" and (opened or context.get("openwebui", "ingress", "enabled")):
            message = "whoever reaches the page makes an account and uses it"
            keys = _key(context, each, "ENABLE_SIGNUP", "enableSignup")
            yield Found(keys, message, "write defaultUserRole: pending", severity="warning")


def _key(context: Context, each: Running, variable: str, setting: str) -> Keys:
    keys = each.env_key(variable)
    return keys if context.given(*keys) else ("openwebui", setting)
