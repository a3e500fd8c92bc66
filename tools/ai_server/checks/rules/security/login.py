"""Who is let in: keys of the API, accounts of the chat page."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.forms import OFF
from ai_server.checks.subjects.gateway import section
from ai_server.checks.subjects.master_key import empty_key, open_to_all
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

TRUSTED = ("WEBUI_AUTH_TRUSTED_EMAIL_HEADER", "WEBUI_AUTH_TRUSTED_NAME_HEADER")
KEYS = {"llama-server": "LLAMA_API_KEY", "vllm": "VLLM_API_KEY"}
COMMON_CHECKS = (
    ("generalSettings", "general_settings", "custom_auth_run_common_checks"),
    ("litellmSettings", "litellm_settings", "enable_post_custom_auth_checks"),
)
"""What custom_auth needs for a key to open its own models only."""


def _is_open(view: RenderView) -> bool:
    """Whether the chat page can be reached from outside the cluster."""
    return bool(view.get("openwebui", "service", "type") != "ClusterIP" or view.get("openwebui", "ingress", "enabled"))


def _setting(view: RenderView, page: ProgramContainer, variable: str, *setting: str) -> Keys:
    """Where a setting of the chat page was written: as the variable, else as the chart's own."""
    keys = page.env_key(variable)
    return keys if view.given(*keys) else ("openwebui", *setting)


@rule("security/login-off")
def login_off(view: RenderView) -> Iterator[Violation]:
    """An error for what an Ingress or an open Service leads to, a warning for what stays inside the cluster."""
    for program in programs(view):
        view.count("logins")
        name = KEYS.get(program.program, "")
        if name and isinstance(program.env.get(name), str) and not program.env[name].strip():
            message = f"an empty {name} lets everybody in"
            yield _without_login(view, program.env_key(name), str(program.owner[0]), message)
        if program.program == "openwebui":
            yield from _page_without_login(view, program)
        own_image = "speaches" in program.container["image"]
        if program.program == "speaches" and own_image and program.value("apiKeyEnv") == "":
            message = "Speaches takes a key, and with this it gets none"
            yield Violation(program.key("apiKeyEnv"), message, "write API_KEY", severity="warning")
    keys = empty_key(view)
    if keys and open_to_all(view):
        yield _without_login(view, keys, "litellm", "without a master key LiteLLM lets everybody in")
    for name in ("public_routes", "pass_through_endpoints"):
        if name in view.get("litellm", "generalSettings"):
            keys = ("litellm", "generalSettings", name)
            yield _without_login(view, keys, "litellm", "these routes ask for no key")


def _page_without_login(view: RenderView, page: ProgramContainer) -> Iterator[Violation]:
    if str(page.env.get("WEBUI_AUTH", "true")).lower() in OFF:
        message = "without a login everybody is administrator"
        yield _without_login(view, page.env_key("WEBUI_AUTH"), "openwebui", message)
    for name in TRUSTED:
        if page.env.get(name):
            message = "whoever sends this header is let in as anybody: only a proxy of yours may reach the page"
            yield _without_login(view, page.env_key(name), "openwebui", message)


def _without_login(view: RenderView, keys: Keys, component: str, message: str) -> Violation:
    ingress = view.get(component, "ingress", "enabled")
    opened = view.get(component, "service", "type") not in ("ClusterIP", None)
    where = "its Ingress" if ingress else "its open Service" if opened else ""
    reach = f", and {where} leads to it from outside" if where else ""
    return Violation(keys, f"{message}{reach}", "take it out", severity="error" if where else "warning")


@rule("security/custom-auth")
def custom_auth(view: RenderView) -> Iterator[Violation]:
    """A warning for custom_auth without both settings."""
    if not section(view, "general_settings").get("custom_auth"):
        return
    view.count("custom_auth")
    missing = [f"{key}.{name}" for key, part, name in COMMON_CHECKS if section(view, part).get(name) is not True]
    if missing:
        message = f"a key opens every model: {' and '.join(missing)} not set"
        yield Violation(("litellm", "generalSettings", "custom_auth"), message, f"set {', '.join(missing)}: true")


@rule("security/first-visitor")
def first_visitor(view: RenderView) -> Iterator[Violation]:
    """A warning where the page can be reached from outside and has no administrator, or one without a password."""
    for page in programs(view):
        if page.program != "openwebui" or not _is_open(view):
            continue
        view.count("first visitors")
        message = "the first visitor becomes administrator"
        if not page.env.get("WEBUI_ADMIN_EMAIL"):
            keys = _setting(view, page, "WEBUI_ADMIN_EMAIL", "admin", "email")
            yield Violation(keys, message, "write your address: the password is in the Secret")
        elif not page.env.get("WEBUI_ADMIN_PASSWORD"):
            keys = page.env_key("WEBUI_ADMIN_PASSWORD")
            yield Violation(keys, f"without a password no account is made: {message}", "take it out")


@rule("security/open-signup")
def open_signup(view: RenderView) -> Iterator[Violation]:
    """An error for administrators, a warning for users of a page that is open to the outside: by the variables that
    the page gets, which extraEnv may have changed.
    """
    for page in programs(view):
        if page.program != "openwebui":
            continue
        view.count("accounts")
        role = page.env.get("DEFAULT_USER_ROLE")
        signup = str(page.env.get("ENABLE_SIGNUP", "true")).lower() == "true"
        if role == "admin":
            keys = _setting(view, page, "DEFAULT_USER_ROLE", "defaultUserRole")
            yield Violation(keys, "every new account would be an administrator", "write pending")
        elif signup and role == "user" and _is_open(view):
            keys = _setting(view, page, "ENABLE_SIGNUP", "enableSignup")
            message = "whoever reaches the page makes an account and uses it"
            yield Violation(keys, message, "write defaultUserRole: pending", severity="warning")
