"""Documents in the slim chat page."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.images import image_key, images
from ai_server.checks.subjects.page_data import page_env, postgres

RULE = Rule(
    "Open WebUI's slim image with documents",
    severity="warning",
    why="The slim image has no vector store of its own: with SQLite every upload of a document fails with 503, until"
    " PGVECTOR_DB_URL names a PostgreSQL.",
    wrong="openwebui:\n  image: {tag: v0.12.4-slim}\n  documents: {embeddingModel: embed}\n"
    "rocm:\n  models: {embed: {file: gguf/embed.gguf, mode: embedding}}",
    right="openwebui:\n  image: {tag: v0.12.4}\n  documents: {embeddingModel: embed}\n"
    "rocm:\n  models: {embed: {file: gguf/embed.gguf, mode: embedding}}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for a slim tag while embeddings are on and no PostgreSQL is named."""
    env = page_env(context)
    for image in images(context):
        if image.container == "openwebui" and "slim" in image.tag and "RAG_EMBEDDING_MODEL" in env:
            context.count("slim images")
            if not postgres(env, "PGVECTOR_DB_URL", "DATABASE_URL"):
                keys = image_key(context, image, "tag")
                yield Found(keys, "uploads of documents fail with this image", "take the tag without -slim")
