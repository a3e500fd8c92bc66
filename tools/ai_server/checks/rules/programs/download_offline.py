"""A model that would want a download."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs

LOCAL = {
    "AUDIO_STT_ENGINE": ("", "Open WebUI's own Whisper"),
    "AUDIO_TTS_ENGINE": ("transformers", "Open WebUI's own voices"),
    "RAG_EMBEDDING_ENGINE": ("", "Open WebUI's own embeddings"),
}
OLLAMA = ("OLLAMA_BASE_URL", "OLLAMA_BASE_URLS", "OLLAMA_API_BASE_URL")
"""The chart gives the first of them itself, and no Ollama is there."""
ON = ("1", "true", "yes", "on")
ELSEWHERE = ("--hf-repo", "--hf-file", "--model-url", "--mmproj-url", "--docker-repo", "--hf-repo-draft")


@rule("programs/download-offline")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each engine of its own while HF_HUB_OFFLINE is on, and for Ollama without an address."""
    for each in programs(view):
        if each.program == "llama-server" and str(each.env.get("LLAMA_ARG_OFFLINE", "")).lower() in ON:
            view.count("engines")
            yield from _fetched(each)
        if each.program == "openwebui":
            view.count("engines")
            yield from _offline(each)
            yield from _ollama(each)


def _fetched(each: ProgramContainer) -> Iterator[Violation]:
    """Flags of the command line and of models that name what is elsewhere."""
    named = [(each.canonical(flag), each.argument_key, flag) for flag, _ in each.flags]
    named += [(each.canonical(f"--{name}"), preset.key, name) for preset in presets_of(each) for name in preset.flags]
    found = [(key(name), flag) for flag, key, name in named if flag in ELSEWHERE]
    for keys, flag in dict.fromkeys(found):
        if each.view.given(*keys):
            message = f"{flag} would want a download, and llama-server is offline"
            yield Violation(keys, message, "copy the file to the node, and write its path", severity="error")


def _offline(each: ProgramContainer) -> Iterator[Violation]:
    env = each.env
    if str(env.get("HF_HUB_OFFLINE", "")).lower() not in ON:
        return
    off = str(env.get("BYPASS_EMBEDDING_AND_RETRIEVAL", "")).lower() == "true"
    for name, (engine, what) in LOCAL.items():
        if env.get(name) == engine and not (off and name.startswith("RAG_")):
            message = f"{what} would want a download, and HF_HUB_OFFLINE is on"
            yield Violation(each.env_key(name), message, "take it out, or set HF_HUB_OFFLINE: '0'")
    if env.get("RAG_RERANKING_MODEL") and not env.get("RAG_RERANKING_ENGINE"):
        message = "Open WebUI's own reranking would want a download, and HF_HUB_OFFLINE is on"
        yield Violation(
            each.env_key("RAG_RERANKING_MODEL"), message, "give RAG_RERANKING_ENGINE: external and its address"
        )


def _ollama(each: ProgramContainer) -> Iterator[Violation]:
    env = each.env
    given = any(env.get(name) and each.view.given(*each.env_key(name)) for name in OLLAMA)
    if str(env.get("ENABLE_OLLAMA_API", "")).lower() == "true" and not given:
        yield Violation(each.env_key("ENABLE_OLLAMA_API"), "no Ollama is at localhost", "give OLLAMA_BASE_URL")
    if env.get("RAG_EMBEDDING_ENGINE") == "ollama" and not (given or env.get("RAG_OLLAMA_BASE_URL")):
        message = "embeddings would be asked of an Ollama at localhost, and none is there"
        yield Violation(each.env_key("RAG_EMBEDDING_ENGINE"), message, "give RAG_OLLAMA_BASE_URL, or take it out")
