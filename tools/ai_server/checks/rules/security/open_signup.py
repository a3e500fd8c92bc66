"""Accounts for everybody."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.running import Running, running
from ai_server.reading.profiles import Keys


@rule("security/open-signup")
def check(view: RenderView) -> Iterator[Violation]:
    """An error for administrators, a warning for users of a page that is open to the outside: by the variables that
    the page gets, which extraEnv may have changed.
    """
    for each in running(view):
        if each.program != "openwebui":
            continue
        view.count("accounts")
        role = each.env.get("DEFAULT_USER_ROLE")
        signup = str(each.env.get("ENABLE_SIGNUP", "true")).lower() == "true"
        opened = view.get("openwebui", "service", "type") != "ClusterIP"
        if role == "admin":
            keys = _key(view, each, "DEFAULT_USER_ROLE", "defaultUserRole")
            yield Violation(keys, "every new account would be an administrator", "write pending")
        elif signup and role == "user" and (opened or view.get("openwebui", "ingress", "enabled")):
            message = "whoever reaches the page makes an account and uses it"
            keys = _key(view, each, "ENABLE_SIGNUP", "enableSignup")
            yield Violation(keys, message, "write defaultUserRole: pending", severity="warning")


def _key(view: RenderView, each: Running, variable: str, setting: str) -> Keys:
    keys = each.env_key(variable)
    return keys if view.given(*keys) else ("openwebui", setting)
