"""Keys of one's own that open every model."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.gateway import section

RULE = Rule(
    "Keys of your own that open every model",
    severity="warning",
    why="custom_auth decides who may ask. Which models a key is for, LiteLLM only looks at with two more settings:"
    " without them a model that is forbidden to a key is served all the same.",
    wrong="litellm:\n  generalSettings: {custom_auth: keys.check}",
    right="litellm:\n  generalSettings: {custom_auth: keys.check, custom_auth_run_common_checks: true}\n"
    "  litellmSettings: {enable_post_custom_auth_checks: true}",
)
WANTED = (
    ("generalSettings", "general_settings", "custom_auth_run_common_checks"),
    ("litellmSettings", "litellm_settings", "enable_post_custom_auth_checks"),
)


def check(context: Context) -> Iterator[Found]:
    """A warning for custom_auth without both settings."""
    if not section(context, "general_settings").get("custom_auth"):
        return
    context.count("custom_auth")
    missing = [f"{key}.{name}" for key, part, name in WANTED if section(context, part).get(name) is not True]
    if missing:
        message = f"a key opens every model: {' and '.join(missing)} not set"
        yield Found(("litellm", "generalSettings", "custom_auth"), message, f"set {', '.join(missing)}: true")
