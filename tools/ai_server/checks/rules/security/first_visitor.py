"""An instance that the first visitor owns."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.running import running


@rule("security/first-visitor")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning where the page can be reached from outside and has no administrator, or one without a password."""
    for each in running(view):
        opened = view.get("openwebui", "service", "type") != "ClusterIP"
        if each.program != "openwebui" or not (opened or view.get("openwebui", "ingress", "enabled")):
            continue
        view.count("first visitors")
        message = "the first visitor becomes administrator"
        if not each.env.get("WEBUI_ADMIN_EMAIL"):
            variable = each.env_key("WEBUI_ADMIN_EMAIL")
            keys = variable if view.given(*variable) else ("openwebui", "admin", "email")
            yield Violation(keys, message, "write your address: the password is in the Secret")
        elif not each.env.get("WEBUI_ADMIN_PASSWORD"):
            keys = each.env_key("WEBUI_ADMIN_PASSWORD")
            yield Violation(keys, f"without a password no account is made: {message}", "take it out")
