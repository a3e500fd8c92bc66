"""Variables that a program does not read, or that want something that is not there."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import leaves
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.rules.programs.flags import OLD_VARIABLES
from ai_server.checks.subjects.page_data import postgres
from ai_server.checks.subjects.programs import programs

WITH_VARIABLES = ("llama-server", "vllm", "speaches", "litellm", "openwebui")
OF_LIBRARIES = ("OTEL_", "AWS_", "GOOGLE_", "AZURE_", "NVIDIA_", "CUDA_", "PYTORCH_", "TORCH_", "NCCL_")
"""Read by libraries inside the programs, whose own lists are longer than what a program names itself."""
MOST_GUESSED = 100
"""Unknown variables for which the nearest is looked for: with more, the file is for something else."""
LEAST_LETTERS = 8
"""Shorter names are near to too many others."""
BY_BUILD = {"LLAMA_ARG_LOAD_MODE", *OLD_VARIABLES}
"""programs/load-mode-flag looks at the build for these."""
OLLAMA = ("OLLAMA_BASE_URL", "OLLAMA_BASE_URLS", "OLLAMA_API_BASE_URL")
"""The chart gives the first of them itself, and no Ollama is there."""


@rule("programs/unknown-env")
def unknown_env(view: RenderView) -> Iterator[Violation]:
    """Such variables that the values give."""
    unknown = 0
    # LiteLLM's configuration asks for others by their names: keyEnv, and os.environ/NAME
    named = {str(value).removeprefix("os.environ/") for _, value in leaves(view.merged)}
    for server in programs(view, *WITH_VARIABLES):
        known = flags_of(server.program)
        for name in server.env:
            keys = server.env_key(name)
            if known.reads(name) or name in BY_BUILD or not view.given(*keys) or name in named:
                continue
            unknown += 1
            likely = len(name) >= LEAST_LETTERS and unknown <= MOST_GUESSED and not name.startswith(OF_LIBRARIES)
            near = known.near_env(name) if likely else ""
            if keys[:1] != ("global",) and (near or name.startswith(known.prefixes)):
                hint = f"; did you mean {near}?" if near else ""
                fix = f"write {near}" if near else "take it out: it does nothing"
                message = f"{server.version} does not read {name}{hint}"
                yield Violation(keys, message, fix, severity=server.severity)


@rule("programs/internal-variable")
def addresses_without_the_charts(view: RenderView) -> Iterator[Violation]:
    """OPENAI_API_BASE_URLS without the chart's address in it."""
    for server in programs(view, "openwebui"):
        address, addresses = server.env.get("OPENAI_API_BASE_URL"), server.env.get("OPENAI_API_BASE_URLS")
        if isinstance(addresses, str) and addresses and address not in [url.strip() for url in addresses.split(";")]:
            message = "this list wins over the chart's address, which is not in it"
            fix = f"set gatewayUrl instead, or begin the list with {address}"
            yield Violation(server.env_key("OPENAI_API_BASE_URLS"), message, fix)


@rule("programs/needs-server")
def pgvector_without_postgres(view: RenderView) -> Iterator[Violation]:
    """VECTOR_DB: pgvector while no variable names a PostgreSQL."""
    for server in programs(view, "openwebui"):
        if server.env.get("VECTOR_DB") == "pgvector" and not postgres(server.env, "PGVECTOR_DB_URL", "DATABASE_URL"):
            message = "pgvector needs the address of a PostgreSQL"
            yield Violation(server.env_key("VECTOR_DB"), message, "give PGVECTOR_DB_URL: postgresql://...")


@rule("programs/download-offline")
def ollama_without_an_address(view: RenderView) -> Iterator[Violation]:
    """Ollama for chats or embeddings at the address that the chart gives by itself."""
    for server in programs(view, "openwebui"):
        env = server.env
        given = any(env.get(name) and view.given(*server.env_key(name)) for name in OLLAMA)
        if str(env.get("ENABLE_OLLAMA_API", "")).lower() == "true" and not given:
            yield Violation(server.env_key("ENABLE_OLLAMA_API"), "no Ollama is at localhost", "give OLLAMA_BASE_URL")
        if env.get("RAG_EMBEDDING_ENGINE") == "ollama" and not (given or env.get("RAG_OLLAMA_BASE_URL")):
            message = "embeddings would be asked of an Ollama at localhost, and none is there"
            fix = "give RAG_OLLAMA_BASE_URL, or take it out"
            yield Violation(server.env_key("RAG_EMBEDDING_ENGINE"), message, fix)
