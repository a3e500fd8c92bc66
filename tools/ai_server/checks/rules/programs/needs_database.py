"""Something that LiteLLM does with a database only."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import env, section
from ai_server.checks.subjects.programs import programs

NEED = {
    "generalSettings": (
        "store_model_in_db",
        "store_prompts_in_spend_logs",
        "database_connection_pool_limit",
        "proxy_batch_write_at",
        "enable_jwt_auth",
        "allow_requests_on_db_unavailable",
        "maximum_spend_logs_retention_period",
        "custom_key_generate",
    ),
    "litellmSettings": (
        "max_budget",
        "budget_duration",
        "max_internal_user_budget",
        "internal_user_budget_duration",
        "default_internal_user_params",
        "default_team_settings",
        "upperbound_key_generate_params",
    ),
}

VARIABLES = ("STORE_MODEL_IN_DB", "UI_USERNAME", "UI_PASSWORD")
"""Models that are edited in the page, and the page's login."""
OFF = ("", "false", "0", "no")


@rule("programs/needs-database")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such setting or variable without a database."""
    variables = env(view)
    if not variables or _database(view):
        return
    view.count("databases")
    fix = "name a Secret with DATABASE_URL in litellm.database.existingSecret, or take it out"
    for part, names in NEED.items():
        for name, value in (view.get("litellm", part) or {}).items():
            if name in names and value not in (False, None):
                yield Violation(("litellm", part, name), f"{name} needs a database, and there is none", fix)
    for each in programs(view):
        for name in VARIABLES if each.program == "litellm" else ():
            if str(each.env.get(name, "")).lower() not in OFF:
                yield Violation(each.env_key(name), f"{name} needs a database, and there is none", fix)


def _database(view: RenderView) -> bool:
    """Whether LiteLLM is given one: by DATABASE_URL, by its parts, or in general_settings."""
    variables = env(view)
    url = section(view, "general_settings").get("database_url")
    by_settings = bool(url) and not str(url).startswith("os.environ/")
    return by_settings or bool(variables.get("DATABASE_URL") or variables.get("DATABASE_HOST"))
