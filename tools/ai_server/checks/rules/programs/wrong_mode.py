"""A model that is asked for what it cannot do."""

import re
from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.reading.profiles import Keys

KINDS = (
    (re.compile(r"(^|[-_/.])(rerank|reranker)([-_/.](?!chat)|$)"), "rerank"),
    (
        re.compile(
            r"(^|[-_/.])(bge|embed|embedding|embeddings|nomic-embed|gte|minilm|e5-(small|base|large|mistral))([-_/.]|$)"
        ),
        "embedding",
    ),
    (re.compile(r"(^|[-_/.])(whisper|parakeet|canary-[0-9]+[bm])([-_/.]|$)"), "audio_transcription"),
    (re.compile(r"(^|[-_/.])(kokoro|tts|piper)([-_/.]|$)"), "audio_speech"),
)
POOLING = {"rank": "rerank"}


@rule("programs/wrong-mode")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each model whose file, folder or name tells another mode, and for pooling that does not fit."""
    for keys, name, model in _models(view):
        view.count("modes")
        mode = model.get("mode", "audio_transcription" if "speech" in keys else "chat")
        told = next((kind for form, kind in KINDS if form.search(name.lower())), mode)
        # llama.cpp and vLLM have no modes of sound: some such models are language models all the same
        sound = told.startswith("audio_") and "speech" not in keys and keys[0] != "litellm"
        if told != mode and not sound:
            message = f'"{name}" looks like a model for {told}, and its mode is {mode}'
            at = (*keys, "mode") if view.given(*keys, "mode") else keys
            yield Violation(at, message, f"write mode: {told}", about=frozenset({"mode"}))
        pooling = model.get("pooling", "")
        if pooling and mode not in ("embedding", "rerank"):
            message = f"pooling: {pooling} is for embedding and rerank models, and the mode is {mode}"
            yield Violation(
                (*keys, "pooling"), message, f"write mode: {POOLING.get(pooling, 'embedding')}, or take it out"
            )
        elif (pooling == "rank") != (mode == "rerank") and pooling:
            yield Violation((*keys, "pooling"), f"pooling: {pooling} does not fit mode: {mode}", "take it out")


def _models(view: RenderView) -> Iterator[tuple[Keys, str, dict[str, Any]]]:
    for name, model in (view.get("rocm", "models") or {}).items():
        if isinstance(model, dict) and model.get("file"):
            yield ("rocm", "models", name), str(model["file"]).rpartition("/")[2], model
    for name, model in (view.get("litellm", "models") or {}).items():
        if isinstance(model, dict) and model.get("model"):
            yield ("litellm", "models", name), str(model["model"]).rpartition("/")[2], model
    for owner in (("thor",), *(("thor", "nodes", name) for name in view.get("thor", "nodes") or {})):
        vllm = view.get(*owner, "vllm") or {}
        if isinstance(vllm, dict) and vllm.get("model"):
            yield (*owner, "vllm"), str(vllm["model"]).rpartition("/")[2], vllm
        for name, model in ((view.get(*owner, "speech") or {}).get("models") or {}).items():
            if isinstance(model, dict):
                yield (*owner, "speech", "models", name), str(model.get("model") or name), model
