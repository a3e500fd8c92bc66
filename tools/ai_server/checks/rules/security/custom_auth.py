"""Keys of one's own that open every model."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import section

WANTED = (
    ("generalSettings", "general_settings", "custom_auth_run_common_checks"),
    ("litellmSettings", "litellm_settings", "enable_post_custom_auth_checks"),
)


@rule("security/custom-auth")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for custom_auth without both settings."""
    if not section(view, "general_settings").get("custom_auth"):
        return
    view.count("custom_auth")
    missing = [f"{key}.{name}" for key, part, name in WANTED if section(view, part).get(name) is not True]
    if missing:
        message = f"a key opens every model: {' and '.join(missing)} not set"
        yield Violation(("litellm", "generalSettings", "custom_auth"), message, f"set {', '.join(missing)}: true")
