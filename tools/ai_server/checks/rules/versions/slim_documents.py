"""Documents in the slim chat page."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.page_data import page_env, postgres
from ai_server.checks.subjects.pods import pods


@rule("versions/slim-documents")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for a slim tag while embeddings are on and no PostgreSQL is named."""
    env = page_env(view)
    for container in (container for pod in pods(view) for container in pod.containers):
        if container.program == "openwebui" and "slim" in container.image.tag and "RAG_EMBEDDING_MODEL" in env:
            view.count("slim images")
            if not postgres(env, "PGVECTOR_DB_URL", "DATABASE_URL"):
                keys = container.place("image", "tag")
                yield Violation(keys, "uploads of documents fail with this image", "take the tag without -slim")
