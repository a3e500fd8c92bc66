"""Who can sign in to the chat page, and who is its administrator."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts.rows import among, is_off
from ai_server.checks.subjects.programs import ProgramContainer, programs

PROVIDERS = ("OAUTH_CLIENT_ID", "GOOGLE_CLIENT_ID", "MICROSOFT_CLIENT_ID", "GITHUB_CLIENT_ID", "FEISHU_CLIENT_ID")
HEADER = "WEBUI_AUTH_TRUSTED_EMAIL_HEADER"


@rule("security/no-administrator")
def no_administrator(view: RenderView) -> Iterator[Violation]:
    """Looks at what remains without passwords, or without their form, unless envFrom may set more."""
    for page in programs(view, "openwebui"):
        without = [name for name in ("ENABLE_PASSWORD_AUTH", "ENABLE_LOGIN_FORM") if is_off(page.env.get(name, "true"))]
        if not without or page.env.more or is_off(page.env.get("WEBUI_AUTH", "true")):
            continue
        problem = _problem(page, ldap=without[0] == "ENABLE_LOGIN_FORM")
        if problem:
            severity = "warning" if without[0] == "ENABLE_LOGIN_FORM" else page.severity
            yield Violation(page.env_key(without[0]), problem, _fix(page), severity=severity)


def _problem(page: ProgramContainer, *, ldap: bool) -> str:
    """What is missing; ldap: its form remains."""
    if page.env.get(HEADER) or (ldap and _is_on(page, "ENABLE_LDAP")):
        return ""
    if not any(page.env.get(name) for name in PROVIDERS):
        return "nobody can sign in: there is neither a provider nor a header of a proxy"
    email = str(page.env.get("WEBUI_ADMIN_EMAIL") or "")
    merged = _is_on(page, "OAUTH_MERGE_ACCOUNTS_BY_EMAIL") and not email.endswith("@localhost")
    if not email or merged or _is_on(page, "ENABLE_OAUTH_ROLE_MANAGEMENT"):
        return ""
    return f"nobody at the provider is an administrator: {email} signs in by its password"


def _fix(page: ProgramContainer) -> str:
    if any(page.env.get(name) for name in PROVIDERS):
        return 'set ENABLE_OAUTH_ROLE_MANAGEMENT: "true" and OAUTH_ADMIN_ROLES, or remove it'
    return "remove it"


def _is_on(page: ProgramContainer, name: str) -> bool:
    return among(page.env.get(name, ""), ("true",))
