"""The names of models: who serves them, and how often each is given."""

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.providers import providers
from ai_server.kube.addresses import host_of
from ai_server.reading.profiles import Keys

DIGITS = 64
"""Replicate's models carry so many hexadecimal digits behind a colon, which are enough for LiteLLM."""


@rule("routes/no-provider")
def no_provider(view: RenderView) -> Iterator[Violation]:
    """A finding for each provider that is none; the chart refuses names without a slash."""
    custom = gateway(view).settings("litellm_settings").get("custom_provider_map") or []
    known = {*providers()["providers"], *(str(provider.get("provider")) for provider in custom)}
    for route in gateway(view).routes:
        model, by_host = route.backend_model, host_of(route.api_base) in providers()["hosts"]
        provider, slash, rest = model.partition("/")
        if not route.entry or not slash or route.params.get("custom_llm_provider"):
            continue
        view.count("providers")
        if provider in known or by_host or len(model.rpartition(":")[2]) == DIGITS:
            continue
        near = get_close_matches(provider.lower(), sorted(providers()["providers"]), n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]}?" if near else ""
        base = "" if route.api_base else ", and its address in apiBase"
        fix = f"write {near[0]}/{rest}" if near else f"write hosted_vllm/{model} for a server of the OpenAI kind{base}"
        message = f'LiteLLM has no provider "{provider}", and would drop the model{hint}'
        yield Violation(("litellm", "models", route.entry, "model"), message, fix)


@rule("routes/unserved-model")
def unserved_model(view: RenderView) -> Iterator[Violation]:
    """A warning for each enabled model that no enabled node serves."""
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
        view.count("models of the catalogue")
        if model.get("enabled") is not False and name not in served:
            fix = "add it to a node's serve, or write enabled: false"
            yield Violation(("rocm", "models", name), "no node serves this model", fix, about=frozenset({"enabled"}))


@rule("routes/unused-shared-name")
def unused_shared_name(view: RenderView) -> Iterator[Violation]:
    """A warning for each name in litellm.routing.sharedNames with a single backend."""
    backends = Counter(route.model for route in gateway(view).routes)
    for index, name in enumerate(view.get("litellm", "routing", "sharedNames")):
        view.count("shared names")
        if backends[name] == 1:
            keys = ("litellm", "routing", "sharedNames", index)
            yield Violation(keys, f"{name} has one backend: nothing is shared", "take it out")


@rule("routes/served-twice")
def served_twice(view: RenderView) -> Iterator[Violation]:
    """A finding for each repeated name in serve, servedNames, sharedNames and fallbacks."""
    for keys in _lists(view):
        names = [str(name) for name in view.get(*keys) or []]
        view.count("lists of names")
        for name, count in Counter(names).items():
            if count > 1:
                last = len(names) - 1 - names[::-1].index(name)
                fix = "take one out, or write the other's name"
                yield Violation((*keys, last), f"{name} is in the list twice", fix)


def _lists(view: RenderView) -> Iterator[Keys]:
    yield from (("rocm", "nodes", node, "serve") for node in view.get("rocm", "nodes"))
    yield from (("thor", "nodes", node, "vllm", "servedNames") for node in view.get("thor", "nodes"))
    yield ("thor", "vllm", "servedNames")
    yield ("litellm", "routing", "sharedNames")
    yield from (("litellm", "routing", "fallbacks", name) for name in view.get("litellm", "routing", "fallbacks"))
