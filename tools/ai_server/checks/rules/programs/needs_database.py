"""Something that LiteLLM does with a database only."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.gateway import env, section
from ai_server.checks.subjects.running import running

RULE = Rule(
    "Something that LiteLLM does with a database only",
    why="Virtual keys, users, teams, budgets and models that are edited in the page live in PostgreSQL. Without"
    " one they are silently absent, or requests fail. litellm.database.existingSecret names it, or DATABASE_URL in"
    " litellm.extraEnv.",
    wrong="litellm:\n  generalSettings: {store_model_in_db: true}",
    right="litellm:\n  generalSettings: {store_model_in_db: true}\n  database: {existingSecret: litellm-database}",
)
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


def check(context: Context) -> Iterator[Found]:
    """A finding for each such setting or variable without a database."""
    variables = env(context)
    if not variables or _database(context):
        return
    context.count("databases")
    fix = "name a Secret with DATABASE_URL in litellm.database.existingSecret, or take it out"
    for part, names in NEED.items():
        for name, value in (context.get("litellm", part) or {}).items():
            if name in names and value not in (False, None):
                yield Found(("litellm", part, name), f"{name} needs a database, and there is none", fix)
    for each in running(context):
        for name in VARIABLES if each.program == "litellm" else ():
            if str(each.env.get(name, "")).lower() not in OFF:
                yield Found(each.env_key(name), f"{name} needs a database, and there is none", fix)


def _database(context: Context) -> bool:
    """Whether LiteLLM is given one: by DATABASE_URL, by its parts, or in general_settings."""
    variables = env(context)
    url = section(context, "general_settings").get("database_url")
    by_settings = bool(url) and not str(url).startswith("os.environ/")
    return by_settings or bool(variables.get("DATABASE_URL") or variables.get("DATABASE_HOST"))
