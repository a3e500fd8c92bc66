"""Something that LiteLLM does with a database only."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule

RULE = Rule(
    "Something that LiteLLM does with a database only",
    why="Virtual keys, users, teams, budgets and models that are edited in the page live in PostgreSQL. Without"
    " litellm.database.existingSecret they are silently absent, or requests fail.",
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


def check(context: Context) -> Iterator[Found]:
    """A finding for each such setting without a database."""
    if context.get("litellm", "database", "existingSecret") or not context.get("litellm", "enabled"):
        return
    for section, names in NEED.items():
        for name, value in (context.get("litellm", section) or {}).items():
            if name in names and value not in (False, None):
                message = f"{name} needs a database, and there is none"
                fix = "name a Secret with DATABASE_URL in litellm.database.existingSecret, or take it out"
                yield Found(("litellm", section, name), message, fix)
