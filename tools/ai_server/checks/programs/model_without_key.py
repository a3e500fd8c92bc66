"""A model elsewhere without its key."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ai_server.checks.addresses import is_public
from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule

RULE = Rule(
    "A model elsewhere that wants a key and gets none",
    why="LiteLLM starts without it, and every request fails. A server at home may want no key; one at a public name"
    " does.",
    wrong="litellm:\n  models:\n    cloud: {model: openai/gpt-5-mini, apiBase: https://api.example.com/v1}",
    right="litellm:\n  models:\n    cloud:\n      model: openai/gpt-5-mini\n      apiBase: https://api.example.com/v1\n"
    "      apiKeySecret: {name: cloud-key}",
)
WITH_ADDRESS = ("hosted_vllm", "openai", "llamafile", "openai_like", "text-completion-openai")


def check(context: Context) -> Iterator[Found]:
    """A finding for each model at a public address, or of a provider in the cloud, without a key."""
    for name, model in (context.get("litellm", "models") or {}).items():
        if not isinstance(model, dict) or model.get("enabled") is False or not model.get("model"):
            continue
        context.count("models elsewhere")
        provider = str(model["model"]).partition("/")[0]
        if _has_key(context, name, model) or not (is_public(model.get("apiBase", "")) or provider not in WITH_ADDRESS):
            continue
        where = urlsplit(model.get("apiBase", "")).hostname or provider
        fix = "name a Secret in apiKeySecret: {name: my-secret, key: api-key}"
        yield Found(("litellm", "models", name), f"{where} wants a key, and none is given", fix)


def _has_key(context: Context, name: str, model: dict[str, Any]) -> bool:
    secret = (model.get("apiKeySecret") or {}).get("name")
    return bool(secret or (model.get("params") or {}).get("api_key") or context.get("litellm", "extraEnv", name))
