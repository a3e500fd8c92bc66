"""A name that nobody serves."""

import json
from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.gateway import all_routes, answers
from ai_server.checks.subjects.running import Running, running

RULE = Rule(
    "A model that nobody serves",
    why="A fallback, an alias or a model of the chat page that no backend serves is an error at the first request"
    " only: LiteLLM and Open WebUI check none of them.",
    wrong="openwebui:\n  extraEnv: {DEFAULT_MODELS: chat-two}",
    right="openwebui:\n  extraEnv: {DEFAULT_MODELS: chat}",
)
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


def check(context: Context) -> Iterator[Found]:
    """What the chart says of its own keys, and a finding for each such name in openwebui.extraEnv."""
    yield from context.refused.get("routes/nobody-serves", [])
    served = ", ".join(sorted({route.name for route in all_routes(context)}))
    for each in running(context):
        if each.program != "openwebui" or not served or context.get("openwebui", "gatewayUrl"):
            continue
        for variable, name in _names(context, each):
            context.count("models of the chat page")
            if not answers(context, name):
                yield Found(each.env_key(variable), f'nobody serves "{name}"', f"served are: {served}")


def _names(context: Context, each: Running) -> Iterator[tuple[str, str]]:
    """The names in variables that the values give, each with its variable, where the release's LiteLLM is asked."""
    ours = {"OPENAI_API_BASE_URL", *NAMES.values()}
    ours -= {address for address in ours if context.given(*each.env_key(address))}
    elsewhere = any(context.given(*each.env_key(name)) for name in MORE)
    for variable, address in NAMES.items():
        value = each.env.get(variable)
        own = variable in ENGINES
        if not isinstance(value, str) or not context.given(*each.env_key(variable)) or address not in ours:
            continue
        if each.env.get(ENGINES[variable]) != "openai" if own else elsewhere:
            continue
        for name in value.split(",") if variable == "DEFAULT_MODELS" else [value]:
            if name.strip():
                yield variable, name.strip()
    if context.given(*each.env_key("OPENAI_API_CONFIGS")) and not elsewhere:
        for name in _shown(each.env.get("OPENAI_API_CONFIGS")):
            yield "OPENAI_API_CONFIGS", name


def _shown(configs: Any) -> list[str]:
    """The model_ids of the first connection, which is the release's."""
    try:
        first = json.loads(configs).get("0", {})
        return [str(name) for name in first.get("model_ids", []) if not first.get("prefix_id")]
    except (ValueError, TypeError, AttributeError):
        return []
