"""A model that would want a download."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs

OLLAMA = ("OLLAMA_BASE_URL", "OLLAMA_BASE_URLS", "OLLAMA_API_BASE_URL")
"""The chart gives the first of them itself, and no Ollama is there."""


@rule("programs/download-offline")
def check(view: RenderView) -> Iterator[Violation]:
    """Ollama without an address."""
    for server in programs(view):
        if server.program == "openwebui":
            yield from _ollama(server)


def _ollama(server: ProgramContainer) -> Iterator[Violation]:
    env = server.env
    given = any(env.get(name) and server.view.given(*server.env_key(name)) for name in OLLAMA)
    if str(env.get("ENABLE_OLLAMA_API", "")).lower() == "true" and not given:
        yield Violation(server.env_key("ENABLE_OLLAMA_API"), "no Ollama is at localhost", "give OLLAMA_BASE_URL")
    if env.get("RAG_EMBEDDING_ENGINE") == "ollama" and not (given or env.get("RAG_OLLAMA_BASE_URL")):
        message = "embeddings would be asked of an Ollama at localhost, and none is there"
        yield Violation(server.env_key("RAG_EMBEDDING_ENGINE"), message, "give RAG_OLLAMA_BASE_URL, or take it out")
