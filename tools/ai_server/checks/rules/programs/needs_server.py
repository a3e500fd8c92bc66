"""Something that Open WebUI does with a Redis or a PostgreSQL only."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.page_data import postgres
from ai_server.checks.subjects.programs import programs


@rule("programs/needs-server")
def check(view: RenderView) -> Iterator[Violation]:
    """pgvector without a PostgreSQL."""
    for server in programs(view):
        if server.env.get("VECTOR_DB") == "pgvector" and not postgres(server.env, "PGVECTOR_DB_URL", "DATABASE_URL"):
            message = "pgvector needs the address of a PostgreSQL"
            yield Violation(server.env_key("VECTOR_DB"), message, "give PGVECTOR_DB_URL: postgresql://...")
