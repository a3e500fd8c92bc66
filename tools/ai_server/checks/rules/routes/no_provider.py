"""A model elsewhere without a provider."""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from ai_server.checks import facts
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.addresses import host_of
from ai_server.checks.subjects.gateway import all_routes, section
from ai_server.reading.data import read_data

DIGITS = 64
"""Replicate's models carry so many hexadecimal digits behind a colon, which are enough for LiteLLM."""


@rule("routes/no-provider")
def check(view: RenderView) -> Iterator[Violation]:
    """What the chart says of names without a slash, and a finding for each provider that is none."""
    providers = known("providers")
    own = {str(each.get("provider")) for each in section(view, "litellm_settings").get("custom_provider_map") or []}
    for route in all_routes(view):
        name = route.id.removeprefix("extra-")
        model = str(route.params.get("model", ""))
        provider, slash, rest = model.partition("/")
        if name == route.id or not slash or route.params.get("custom_llm_provider"):
            continue
        view.count("providers")
        by_host = host_of(route.api_base) in known("hosts")
        if provider in providers | own or by_host or len(model.rpartition(":")[2]) == DIGITS:
            continue
        near = get_close_matches(provider.lower(), sorted(providers), n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]}?" if near else ""
        base = "" if route.api_base else ", and its address in apiBase"
        fix = f"write {near[0]}/{rest}" if near else f"write hosted_vllm/{model} for a server of the OpenAI kind{base}"
        message = f'LiteLLM has no provider "{provider}", and would drop the model{hint}'
        yield Violation(("litellm", "models", name, "model"), message, fix)


@cache
def known(what: str) -> frozenset[str]:
    """providers or hosts, as providers.yaml beside this file has them."""
    return frozenset(read_data(facts.__file__, "providers.yaml")[what])
