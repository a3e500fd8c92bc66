"""Something that Open WebUI does with a Redis or a PostgreSQL only."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.page_data import postgres
from ai_server.checks.subjects.programs import ProgramContainer, programs


@rule("programs/needs-server")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each of: WEBSOCKET_MANAGER, UVICORN_WORKERS, VECTOR_DB without what carries it out."""
    for each in programs(view):
        if each.program == "openwebui":
            view.count("servers of the chat page")
            yield from _judged(each)


def _judged(each: ProgramContainer) -> Iterator[Violation]:
    env = each.env
    redis = env.get("WEBSOCKET_REDIS_URL") or env.get("REDIS_URL") or env.get("WEBSOCKET_SENTINEL_HOSTS")
    shared = env.get("WEBSOCKET_MANAGER") == "redis"
    if shared and not redis:
        yield Violation(each.env_key("WEBSOCKET_MANAGER"), "redis is not named: give REDIS_URL", "give REDIS_URL")
    elif not shared and _many(env.get("UVICORN_WORKERS")):
        message = "several processes of the page lose each other's answers without Redis"
        yield Violation(each.env_key("UVICORN_WORKERS"), message, "take it out, or give WEBSOCKET_MANAGER: redis")
    if env.get("VECTOR_DB") == "pgvector" and not postgres(env, "PGVECTOR_DB_URL", "DATABASE_URL"):
        message = "pgvector needs the address of a PostgreSQL"
        yield Violation(each.env_key("VECTOR_DB"), message, "give PGVECTOR_DB_URL: postgresql://...")


def _many(workers: Any) -> bool:
    return isinstance(workers, str) and workers.isdigit() and int(workers) > 1
