"""Something that Open WebUI does with a Redis or a PostgreSQL only."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.page_data import postgres
from ai_server.checks.subjects.running import Running, running

RULE = Rule(
    "Something that Open WebUI does with a Redis or a PostgreSQL only",
    why="Several processes share a chat page's connections through Redis, and pgvector is a PostgreSQL's: Open WebUI"
    " does not start, or loses answers, without the address. One process needs neither.",
    wrong="openwebui:\n  extraEnv: {WEBSOCKET_MANAGER: redis}",
    right="openwebui:\n  extraEnv: {WEBSOCKET_MANAGER: redis, REDIS_URL: 'redis://redis.lan:6379/0'}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each of: WEBSOCKET_MANAGER, UVICORN_WORKERS, VECTOR_DB without what carries it out."""
    for each in running(context):
        if each.program == "openwebui":
            context.count("servers of the chat page")
            yield from _judged(each)


def _judged(each: Running) -> Iterator[Found]:
    env = each.env
    redis = env.get("WEBSOCKET_REDIS_URL") or env.get("REDIS_URL") or env.get("WEBSOCKET_SENTINEL_HOSTS")
    shared = env.get("WEBSOCKET_MANAGER") == "redis"
    if shared and not redis:
        yield Found(each.env_key("WEBSOCKET_MANAGER"), "redis is not named: give REDIS_URL", "give REDIS_URL")
    elif not shared and _many(env.get("UVICORN_WORKERS")):
        message = "several processes of the page lose each other's answers without Redis"
        yield Found(each.env_key("UVICORN_WORKERS"), message, "take it out, or give WEBSOCKET_MANAGER: redis")
    if env.get("VECTOR_DB") == "pgvector" and not postgres(env, "PGVECTOR_DB_URL", "DATABASE_URL"):
        message = "pgvector needs the address of a PostgreSQL"
        yield Found(each.env_key("VECTOR_DB"), message, "give PGVECTOR_DB_URL: postgresql://...")


def _many(workers: Any) -> bool:
    return isinstance(workers, str) and workers.isdigit() and int(workers) > 1
