"""Features of Open WebUI that need more variables than those that are set."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts.rows import among, is_off
from ai_server.checks.subjects.page_data import postgres
from ai_server.checks.subjects.programs import ProgramContainer, programs

DEFAULTS = {"WEBUI_AUTH": "true", "ENABLE_OAUTH_PERSISTENT_CONFIG": "false"}
SECRETS = ("_KEY", "_SECRET", "_TOKEN", "_PASSWORD", "_SK", "_SID")


@rule("programs/needs-server")
def needs(view: RenderView) -> Iterator[Violation]:
    """Looks up what each variable needs, unless envFrom or people in the page may set it."""
    for page in programs(view, "openwebui"):
        if page.env.get("VECTOR_DB") == "pgvector" and not postgres(page.env, "PGVECTOR_DB_URL", "DATABASE_URL"):
            message = "pgvector needs the address of a PostgreSQL server"
            yield Violation(page.env_key("VECTOR_DB"), message, "set PGVECTOR_DB_URL: postgresql://...")
        for about in facts.table("openwebui_needs")["needs"] if not page.env.more else ():
            set_in_page = about.get("inPage") and view.get("openwebui", "persistentConfig")
            for name in about["env"] if not set_in_page and _applies(page, about) else ():
                missing = [names for names in _needed(page.env.get(name), about["needs"]) if not _is_set(page, names)]
                if missing:
                    yield _missing(page, name, about, missing)


def _applies(page: ProgramContainer, about: dict[str, Any]) -> bool:
    conditions = about.get("when", {}).items()
    return all(among(page.env.get(name, DEFAULTS.get(name, "")), (value,)) for name, value in conditions)


def _needed(value: Any, by_value: dict[str, Any]) -> list[list[str]]:
    """The variables that a value needs: one of each list."""
    if not value or (isinstance(value, dict) and "*" not in by_value):
        return []
    key = next((key for key in by_value if among(str(value).lower(), (key,))), "" if is_off(value) else "*")
    needed = by_value.get(key, [])
    return [names.split(" | ") for names in ([needed] if isinstance(needed, str) else needed)]


def _is_set(page: ProgramContainer, names: list[str]) -> bool:
    """Whether one of some variables has a value, or its default is the address of a Service of the release."""
    services, renamed = facts.table("openwebui_needs")["services"], facts.table("renamed_variables")["openwebui"]
    former = [renamed.get(name) for name in page.env]  # programs/unknown-env reports them
    if any(about.get("name") in names if isinstance(about, dict) else about in names for about in former):
        return True
    return any(page.env.get(name) or page.view.manifests.has("Service", services.get(name, "")) for name in names)


def _missing(page: ProgramContainer, name: str, about: dict[str, Any], missing: list[list[str]]) -> Violation:
    table, value = facts.table("openwebui_needs"), page.env[name]
    needed = " and ".join(_one_of(names) for names in missing)
    # an engine is known by its name; a switch, an ID or a secret is not
    subject = name if "*" in about["needs"] or among(value, ("true", "false")) else value
    message = f"{subject} needs {needed}; without {'them' if len(missing) > 1 else 'it'}, {about['without']}"
    service = table["services"].get(missing[0][0], "")
    if service:
        message = f"{needed} is not set, so it would be http://{service}, a Service that the release does not have"
    *others, last = [_how(names[0], table["how"]) for names in missing]
    fix = f"set {', '.join(others)}, and {last}" if others else f"set {last}"
    return Violation(page.env_key(name), message, fix, severity="warning" if service else None)


def _one_of(names: list[str]) -> str:
    return f"one of {', '.join(names)}" if len(names) > 2 else " or ".join(names)


def _how(name: str, phrases: dict[str, str]) -> str:
    if name in phrases:
        return phrases[name]
    return f"{name}, from a Secret" if name.endswith(SECRETS) else name
