"""The names of models: their servers, and duplicates."""

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.providers import providers
from ai_server.kube.addresses import host_of
from ai_server.reading.profiles import Keys

DIGITS = 64
"""The number of hexadecimal digits after the colon of a Replicate model, which LiteLLM recognizes."""


@rule("routes/no-provider")
def no_provider(view: RenderView) -> Iterator[Violation]:
    """Looks for the provider of each external model; the chart rejects names without a slash."""
    custom = gateway(view).settings("litellm_settings").get("custom_provider_map") or []
    known = {*providers()["providers"], *(str(provider.get("provider")) for provider in custom)}
    for route in gateway(view).routes:
        model, by_host = route.backend_model, host_of(route.api_base) in providers()["hosts"]
        provider, slash, rest = model.partition("/")
        if not route.entry or not slash or route.params.get("custom_llm_provider"):
            continue
        if provider in known or by_host or len(model.rpartition(":")[2]) == DIGITS:
            continue
        near = get_close_matches(provider.lower(), sorted(providers()["providers"]), n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]}?" if near else ""
        base = "" if route.api_base else ", and set its address in apiBase"
        fix = f"use {near[0]}/{rest}" if near else f"use hosted_vllm/{model} for an OpenAI-compatible server{base}"
        message = f'LiteLLM has no provider "{provider}", and drops the model{hint}'
        yield Violation(("litellm", "models", route.entry, "model"), message, fix)


@rule("routes/unserved-model")
def unserved_model(view: RenderView) -> Iterator[Violation]:
    """Compares the enabled models with those that enabled nodes serve."""
    models, nodes = view.get("rocm", "models"), view.get("rocm", "nodes")
    if not nodes or not view.get("rocm", "enabled") or "routes/no-such-model" in view.refused:
        return
    served: set[str] = set()
    for node in nodes.values():
        if node.get("enabled") is not False:
            overrides = node.get("overrides") or {}
            off = {name for name, model in overrides.items() if model.get("enabled") is False}
            served |= set(node.get("serve") or models) - off
    for name, model in models.items():
        if model.get("enabled") is not False and name not in served:
            yield Violation(("rocm", "models", name), "no node serves this model", about=frozenset({"enabled"}))


@rule("routes/unused-shared-name")
def unused_shared_name(view: RenderView) -> Iterator[Violation]:
    """Counts the backends of each name in litellm.routing.sharedNames."""
    backends = Counter(route.model for route in gateway(view).routes)
    for index, name in enumerate(view.get("litellm", "routing", "sharedNames")):
        if backends[name] == 1:
            keys = ("litellm", "routing", "sharedNames", index)
            yield Violation(keys, f"{name} has only one backend, so nothing is shared", "remove it")


@rule("routes/served-twice")
def served_twice(view: RenderView) -> Iterator[Violation]:
    """Looks at serve, servedNames, sharedNames and fallbacks."""
    for keys in _lists(view):
        names = [str(name) for name in view.get(*keys) or []]
        for name, count in Counter(names).items():
            if count > 1:
                last = len(names) - 1 - names[::-1].index(name)
                yield Violation((*keys, last), f"{name} is in the list twice")


def _lists(view: RenderView) -> Iterator[Keys]:
    yield from (("rocm", "nodes", node, "serve") for node in view.get("rocm", "nodes"))
    yield from (("thor", "nodes", node, "vllm", "servedNames") for node in view.get("thor", "nodes"))
    yield ("thor", "vllm", "servedNames")
    yield ("litellm", "routing", "sharedNames")
    yield from (("litellm", "routing", "fallbacks", name) for name in view.get("litellm", "routing", "fallbacks"))
