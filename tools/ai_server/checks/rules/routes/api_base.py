"""An address that is no API's."""

import re
from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.addresses import is_broken, split
from ai_server.checks.subjects.gateway import env
from ai_server.reading.profiles import Keys

RULE = Rule(
    "An address that is not that of an API",
    why="An address has http:// or https:// and, for servers of the OpenAI kind, ends in /v1. localhost is the pod"
    " itself, not the node. Without an address hosted_vllm has nobody to ask, and openai/ asks OpenAI.",
    wrong="litellm:\n  models:\n    more: {model: hosted_vllm/more, apiBase: more.lan:8000/v1}",
    right="litellm:\n  models:\n    more: {model: hosted_vllm/more, apiBase: http://more.lan:8000/v1}",
)
AT_LOCALHOST = {
    "ollama": "OLLAMA_API_BASE",
    "ollama_chat": "OLLAMA_API_BASE",
    "llamafile": "LLAMAFILE_API_BASE",
    "xinference": "XINFERENCE_API_BASE",
}
"""Providers that LiteLLM 1.108.14 asks at localhost unless told otherwise, and the variable that tells it."""
VERSIONED = re.compile(r"/v[0-9]+/?$")
"""How such a path ends; some vendors count on: https://api.z.ai/api/paas/v4."""
LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


def check(context: Context) -> Iterator[Found]:
    """A finding for each address of a model elsewhere, of a gateway, of a page and of ComfyUI."""
    for name, model in (context.get("litellm", "models") or {}).items():
        if isinstance(model, dict) and model.get("enabled") is not False and model.get("model"):
            yield from _model(("litellm", "models", name), model, env(context))
    for keys, v1 in ((("gatewayUrl",), True), (("url",), False), (("images", "comfyuiUrl"), False)):
        url = context.get("openwebui", *keys)
        if url:
            context.count("addresses")
            yield from _url(("openwebui", *keys), url, v1=v1, loopback=keys == ("url",))


def _model(keys: Keys, model: dict[str, Any], variables: dict[str, Any]) -> Iterator[Found]:
    provider, own = str(model["model"]).partition("/")[0], (model.get("params") or {}).get("api_base")
    url = own or model.get("apiBase", "")
    if url and not str(url).startswith("os.environ/"):
        place = (*keys, "params", "api_base") if own else (*keys, "apiBase")
        yield from _url(place, url, v1=provider in ("hosted_vllm", "openai"), loopback=False)
    elif not url and provider == "hosted_vllm" and not variables.get("HOSTED_VLLM_API_BASE"):
        yield Found(keys, "hosted_vllm has nobody to ask without apiBase", "write apiBase: http://host:port/v1")
    elif not url and provider in AT_LOCALHOST and not variables.get(AT_LOCALHOST[provider]):
        message = f"without apiBase {provider} is asked at localhost, which is the pod itself"
        yield Found(keys, message, "write apiBase: http://host:port")


def _url(keys: Keys, url: str, *, v1: bool, loopback: bool) -> Iterator[Found]:
    parts = split(url)
    if parts is None:
        yield Found(keys, f'"{url}" is no address', "write http://host:port, the port up to 65535")
    elif parts.scheme not in ("http", "https") or not parts.hostname:
        yield Found(keys, f'"{url}" has no http:// or https://', f"write http://{url.rpartition('://')[2]}")
    elif is_broken(parts.hostname):
        yield Found(keys, f"{parts.hostname} is no address", "write four numbers up to 255, or the machine's name")
    elif parts.hostname in LOOPBACK and not loopback:
        yield Found(keys, f"{parts.hostname} is the pod itself", "write the machine's name or address")
    elif v1 and not VERSIONED.search(parts.path):
        severity = None if not parts.path.strip("/") else "warning"
        fix = f"write {parts.scheme}://{parts.netloc}/v1"
        yield Found(keys, f'"{url}" does not end in /v1', fix, severity=severity)  # type: ignore[arg-type]
    elif parts.username or parts.password:
        yield Found(keys, "the address holds a password", "put it in a Secret: apiKeySecret")
