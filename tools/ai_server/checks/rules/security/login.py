"""Access: API keys, and accounts of the chat page."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts.rows import is_off
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.master_key import empty_key, open_to_all
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

TRUSTED = ("WEBUI_AUTH_TRUSTED_EMAIL_HEADER", "WEBUI_AUTH_TRUSTED_NAME_HEADER")
KEYS = {"llama-server": "LLAMA_API_KEY", "vllm": "VLLM_API_KEY"}
COMMON_CHECKS = (
    ("generalSettings", "general_settings", "custom_auth_run_common_checks"),
    ("litellmSettings", "litellm_settings", "enable_post_custom_auth_checks"),
)
"""The settings with which custom_auth limits a key to its own models."""


@rule("security/login-off")
def login_off(view: RenderView) -> Iterator[Violation]:
    """An error if an Ingress, an HTTPRoute or an open Service exposes the program, a warning inside of the cluster."""
    for program in programs(view):
        name = KEYS.get(program.program, "")
        if name and isinstance(program.env.get(name), str) and not program.env[name].strip():
            message = f"an empty {name} gives everyone access"
            yield _without_key(program, program.env_key(name), message, "remove it")
        if program.program == "openwebui":
            yield from _page_without_login(view, program)
        own_image = "speaches" in program.container["image"]
        if program.program == "speaches" and own_image and program.value("apiKeyEnv") == "":
            message = "Speaches accepts a key, but an empty value sets none"
            yield _without_key(program, program.setting("apiKeyEnv"), message, "set it to API_KEY")
    keys = empty_key(view)
    if keys and open_to_all(view):
        yield _without_login(view, keys, "litellm", "without a master key LiteLLM gives everyone access")
    for name in ("public_routes", "pass_through_endpoints"):
        if name in view.get("litellm", "generalSettings"):
            keys = ("litellm", "generalSettings", name)
            yield _without_login(view, keys, "litellm", "these routes require no key")


def _without_key(program: ProgramContainer, keys: Keys, message: str, fix: str) -> Violation:
    reach = ", and its open Service exposes it" if program.exposed else ""
    return Violation(keys, f"{message}{reach}", fix, severity="error" if program.exposed else "warning")


def _page_without_login(view: RenderView, page: ProgramContainer) -> Iterator[Violation]:
    if is_off(page.env.get("WEBUI_AUTH", "true")):
        message = "without a login everyone is an administrator"
        yield _without_login(view, page.env_key("WEBUI_AUTH"), "openwebui", message)
    for name in TRUSTED:
        if page.env.get(name):
            message = "anyone who sends this header can log in as any user: only your own proxy may reach the page"
            yield _without_login(view, page.env_key(name), "openwebui", message)


def _without_login(view: RenderView, keys: Keys, component: str, message: str) -> Violation:
    ingress, route = view.get(component, "ingress", "enabled"), view.get(component, "httpRoute", "enabled")
    opened = view.get(component, "service", "type") not in ("ClusterIP", None)
    where = "its Ingress" if ingress else "its HTTPRoute" if route else "its open Service" if opened else ""
    reach = f", and {where} exposes it" if where else ""
    return Violation(keys, f"{message}{reach}", severity="error" if where else "warning").remove()


@rule("security/custom-auth")
def custom_auth(view: RenderView) -> Iterator[Violation]:
    """Looks for the two settings that custom_auth needs."""
    if not gateway(view).settings("general_settings").get("custom_auth"):
        return
    missing = [
        f"{key}.{name}" for key, part, name in COMMON_CHECKS if gateway(view).settings(part).get(name) is not True
    ]
    if missing:
        message = f"every key gives access to every model: {' and '.join(missing)} not set"
        yield Violation(("litellm", "generalSettings", "custom_auth"), message, f"set {', '.join(missing)}: true")
