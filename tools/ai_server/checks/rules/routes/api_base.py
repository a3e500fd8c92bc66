"""An address that is no API's."""

import re
from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.addresses import is_broken, split
from ai_server.checks.subjects.gateway import env
from ai_server.reading.profiles import Keys

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


@rule("routes/api-base")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each address of a model elsewhere, of a gateway, of a page and of ComfyUI."""
    for name, model in (view.get("litellm", "models") or {}).items():
        if isinstance(model, dict) and model.get("enabled") is not False and model.get("model"):
            yield from _model(("litellm", "models", name), model, env(view))
    for keys, v1 in ((("gatewayUrl",), True), (("url",), False), (("images", "comfyuiUrl"), False)):
        url = view.get("openwebui", *keys)
        if url:
            view.count("addresses")
            yield from _url(("openwebui", *keys), url, v1=v1, loopback=keys == ("url",))


def _model(keys: Keys, model: dict[str, Any], variables: dict[str, Any]) -> Iterator[Violation]:
    provider, own = str(model["model"]).partition("/")[0], (model.get("params") or {}).get("api_base")
    url = own or model.get("apiBase", "")
    if url and not str(url).startswith("os.environ/"):
        place = (*keys, "params", "api_base") if own else (*keys, "apiBase")
        yield from _url(place, url, v1=provider in ("hosted_vllm", "openai"), loopback=False)
    elif not url and provider == "hosted_vllm" and not variables.get("HOSTED_VLLM_API_BASE"):
        yield Violation(keys, "hosted_vllm has nobody to ask without apiBase", "write apiBase: http://host:port/v1")
    elif not url and provider in AT_LOCALHOST and not variables.get(AT_LOCALHOST[provider]):
        message = f"without apiBase {provider} is asked at localhost, which is the pod itself"
        yield Violation(keys, message, "write apiBase: http://host:port")


def _url(keys: Keys, url: str, *, v1: bool, loopback: bool) -> Iterator[Violation]:
    parts = split(url)
    if parts is None:
        yield Violation(keys, f'"{url}" is no address', "write http://host:port, the port up to 65535")
    elif parts.scheme not in ("http", "https") or not parts.hostname:
        yield Violation(keys, f'"{url}" has no http:// or https://', f"write http://{url.rpartition('://')[2]}")
    elif is_broken(parts.hostname):
        yield Violation(keys, f"{parts.hostname} is no address", "write four numbers up to 255, or the machine's name")
    elif parts.hostname in LOOPBACK and not loopback:
        yield Violation(keys, f"{parts.hostname} is the pod itself", "write the machine's name or address")
    elif v1 and not VERSIONED.search(parts.path):
        severity = None if not parts.path.strip("/") else "warning"
        fix = f"write {parts.scheme}://{parts.netloc}/v1"
        yield Violation(keys, f'"{url}" does not end in /v1', fix, severity=severity)  # type: ignore[arg-type]
    elif parts.username or parts.password:
        yield Violation(keys, "the address holds a password", "put it in a Secret: apiKeySecret")
