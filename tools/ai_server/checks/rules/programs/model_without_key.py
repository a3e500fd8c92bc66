"""A model elsewhere without its key."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.keypaths import dotted
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.from_secret import OF_A_MODEL
from ai_server.checks.subjects.gateway import all_routes, env
from ai_server.checks.subjects.providers import known
from ai_server.helm.gateway import Route
from ai_server.kube.addresses import host_of, is_public
from ai_server.reading.profiles import Keys

OPENAI = {"openai": "OPENAI", "text-completion-openai": "OPENAI"}
"""Providers that send no request without a key, with what their variables begin with."""
AT_HOME = (
    *("hosted_vllm", "llamafile", "openai_like", "custom_openai", "aiohttp_openai", "ollama", "ollama_chat"),
    *(
        "lm_studio",
        "xinference",
        "infinity",
        "docker_model_runner",
        "lemonade",
        "triton",
        "oobabooga",
        "vllm",
        "petals",
    ),
)
"""Providers that are programs of one's own: routes/api-base says what they lack without an address."""
OTHER_WAYS = (
    *("bedrock", "bedrock_mantle", "sagemaker", "sagemaker_chat", "sagemaker_nova", "aws_polly", "aws_textract"),
    *("transcribe", "vertex_ai", "vertex_ai_beta", "oci", "sap", "watsonx", "watsonx_text", "snowflake", "azure"),
    *("azure_ai", "azure_text", "chatgpt", "github_copilot", "custom", "langgraph", "langflow", "litellm_agent"),
    *("a2a", "a2a_agent", "auto_router", "dotprompt", "databricks", "databricks_agent", "gigachat", "manus"),
)
"""Providers that also take a role, a certificate or a login instead of a key."""


CLOUD = ("api.openai.com", "api.anthropic.com", "openrouter.ai", "generativelanguage.googleapis.com")
"""Hosts that surely want a key, beside those by which LiteLLM knows a provider."""
FIX = f"name a Secret in apiKeySecret: {OF_A_MODEL}"
AT_OWN_DOMAIN = "if it is a server of your own without a key, say so in waivers.yaml"


@rule("programs/model-without-key")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each model at a public address, or of a provider in the cloud, without a key."""
    variables = env(view)
    for route in all_routes(view):
        name = route.id.removeprefix("extra-")
        model = (view.get("litellm", "models") or {}).get(name)
        provider, slash, _ = str(route.params.get("model", "")).partition("/")
        if name == route.id or not isinstance(model, dict) or not slash:
            continue
        view.count("models elsewhere")
        keys = ("litellm", "models", name)
        if any(refused[:3] == keys for refused in view.pruned):
            continue  # the key may be what was meant by it
        if not has_key(model, route, variables):
            yield from _without(keys, provider, route, variables)


def _without(keys: Keys, provider: str, route: Route, variables: dict[str, Any]) -> Iterator[Violation]:
    host = host_of(route.api_base)
    if provider in OPENAI and "api_key" in route.params and not route.params["api_key"]:
        yield Violation((*keys, "params", "api_key"), f"{provider}/ sends no request with an empty key", "take it out")
    elif provider in OPENAI and not route.api_base and not _base(variables):
        message = "without apiBase this asks api.openai.com, which wants a key, and none is given"
        yield Violation(keys, message, f"write apiBase: http://host:port/v1, or {FIX}")
    elif is_public(route.api_base) and provider not in OTHER_WAYS and not (host in CLOUD or host in known("hosts")):
        message = f"{host} is a public name, where a server wants a key, and none is given"
        waiver = f"- {{rule: programs/model-without-key, key: {dotted(keys)}, reason: at home}}"
        yield Violation(keys, message, f"{FIX}; {AT_OWN_DOMAIN}: {waiver}", severity="warning")
    elif (is_public(route.api_base) and provider not in OTHER_WAYS) or not (
        route.api_base or provider in (*OPENAI, *AT_HOME, *OTHER_WAYS)
    ):
        yield Violation(keys, f"{host or provider} wants a key, and none is given", FIX)


def has_key(model: dict[str, Any], route: Route, variables: dict[str, Any]) -> bool:
    """Whether a model gets a key of the user's: params win over the Secret, and a variable of its provider is last."""
    params = model.get("params") or {}
    if route.params.get("api_key") if "api_key" in params else (model.get("apiKeySecret") or {}).get("name"):
        return True
    provider = str(route.params.get("model", "")).partition("/")[0]
    prefix = OPENAI.get(provider, provider.upper())
    return bool(not route.params.get("api_key") and variables.get(f"{prefix}_API_KEY"))


def _base(variables: dict[str, Any]) -> bool:
    return bool(variables.get("OPENAI_API_BASE") or variables.get("OPENAI_BASE_URL"))
