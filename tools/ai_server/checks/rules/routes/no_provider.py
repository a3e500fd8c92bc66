"""A model elsewhere without a provider."""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.addresses import host_of
from ai_server.checks.subjects.gateway import all_routes, section
from ai_server.reading.data import read_data

RULE = Rule(
    "A model elsewhere without a provider that LiteLLM knows",
    why="What stands before the first slash is LiteLLM's word for the kind of server, not the model's maker. LiteLLM"
    " drops a model without one, or with one that it does not know, says so in a log line, and starts without it.",
    wrong="litellm:\n  models:\n    more: {model: Qwen/Qwen3-8B, apiBase: http://more.lan:8000/v1}",
    right="litellm:\n  models:\n    more: {model: hosted_vllm/Qwen/Qwen3-8B, apiBase: http://more.lan:8000/v1}",
)
DIGITS = 64
"""Replicate's models carry so many hexadecimal digits behind a colon, which are enough for LiteLLM."""


def check(context: Context) -> Iterator[Found]:
    """What the chart says of names without a slash, and a finding for each provider that is none."""
    yield from context.refused.get("routes/no-provider", [])
    providers = known("providers")
    own = {str(each.get("provider")) for each in section(context, "litellm_settings").get("custom_provider_map") or []}
    for route in all_routes(context):
        name = route.id.removeprefix("extra-")
        model = str(route.params.get("model", ""))
        provider, slash, rest = model.partition("/")
        if name == route.id or not slash or route.params.get("custom_llm_provider"):
            continue
        context.count("providers")
        by_host = host_of(route.api_base) in known("hosts")
        if provider in providers | own or by_host or len(model.rpartition(":")[2]) == DIGITS:
            continue
        near = get_close_matches(provider.lower(), sorted(providers), n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]}?" if near else ""
        base = "" if route.api_base else ", and its address in apiBase"
        fix = f"write {near[0]}/{rest}" if near else f"write hosted_vllm/{model} for a server of the OpenAI kind{base}"
        message = f'LiteLLM has no provider "{provider}", and would drop the model{hint}'
        yield Found(("litellm", "models", name, "model"), message, fix)


@cache
def known(what: str) -> frozenset[str]:
    """providers or hosts, as providers.yaml beside this file has them."""
    return frozenset(read_data(__file__, "providers.yaml")[what])
