"""A name that nobody serves."""

import json
from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import all_routes, answers
from ai_server.checks.subjects.running import Running, running

NAMES = {
    "TASK_MODEL_EXTERNAL": "OPENAI_API_BASE_URL",
    "DEFAULT_MODELS": "OPENAI_API_BASE_URL",
    "AUDIO_STT_MODEL": "AUDIO_STT_OPENAI_API_BASE_URL",
    "AUDIO_TTS_MODEL": "AUDIO_TTS_OPENAI_API_BASE_URL",
    "RAG_EMBEDDING_MODEL": "RAG_OPENAI_API_BASE_URL",
}
"""Variables with names of models, and the address where they are asked for."""
ENGINES = {
    "AUDIO_STT_MODEL": "AUDIO_STT_ENGINE",
    "AUDIO_TTS_MODEL": "AUDIO_TTS_ENGINE",
    "RAG_EMBEDDING_MODEL": "RAG_EMBEDDING_ENGINE",
}
MORE = ("OPENAI_API_BASE_URLS", "ENABLE_OLLAMA_API", "ENABLE_DIRECT_CONNECTIONS")
"""Variables by which Open WebUI may have models of others."""


@rule("routes/nobody-serves")
def check(view: RenderView) -> Iterator[Violation]:
    """What the chart says of its own keys, and a finding for each such name in openwebui.extraEnv."""
    served = ", ".join(sorted({route.name for route in all_routes(view)}))
    for each in running(view):
        if each.program != "openwebui" or not served or view.get("openwebui", "gatewayUrl"):
            continue
        for variable, name in _names(view, each):
            view.count("models of the chat page")
            if not answers(view, name):
                yield Violation(each.env_key(variable), f'nobody serves "{name}"', f"served are: {served}")


def _names(view: RenderView, each: Running) -> Iterator[tuple[str, str]]:
    """The names in variables that the values give, each with its variable, where the release's LiteLLM is asked."""
    ours = {"OPENAI_API_BASE_URL", *NAMES.values()}
    ours -= {address for address in ours if view.given(*each.env_key(address))}
    elsewhere = any(view.given(*each.env_key(name)) for name in MORE)
    for variable, address in NAMES.items():
        value = each.env.get(variable)
        own = variable in ENGINES
        if not isinstance(value, str) or not view.given(*each.env_key(variable)) or address not in ours:
            continue
        if each.env.get(ENGINES[variable]) != "openai" if own else elsewhere:
            continue
        for name in value.split(",") if variable == "DEFAULT_MODELS" else [value]:
            if name.strip():
                yield variable, name.strip()
    if view.given(*each.env_key("OPENAI_API_CONFIGS")) and not elsewhere:
        for name in _shown(each.env.get("OPENAI_API_CONFIGS")):
            yield "OPENAI_API_CONFIGS", name


def _shown(configs: Any) -> list[str]:
    """The model_ids of the first connection, which is the release's."""
    try:
        first = json.loads(configs).get("0", {})
        return [str(name) for name in first.get("model_ids", []) if not first.get("prefix_id")]
    except (ValueError, TypeError, AttributeError):
        return []
