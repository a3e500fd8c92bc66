"""The names of models: their servers, and duplicates."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.nodes import KINDS, entries, owners
from ai_server.checks.subjects.providers import providers
from ai_server.helm.gateway import Route
from ai_server.kube.addresses import VERSIONED, host_of, port_of
from ai_server.near import choice
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys

DIGITS = 64
"""The number of hexadecimal digits after the colon of a Replicate model, which LiteLLM recognizes."""

OLLAMA_PORT = 11434


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
        near = choice(provider, sorted(providers()["providers"]))
        hint = f"; did you mean {near}?" if near else ""
        message = f'LiteLLM has no provider "{provider}", and drops the model{hint}'
        violation = Violation(("litellm", "models", route.entry, "model"), message, f"use {near}/{rest}")
        yield violation if near else _of_a_server(view, route, violation)


def _of_a_server(view: RenderView, route: Route, violation: Violation) -> Violation:
    """The fix for a model of a server in the network: its provider, and the form of the address that this needs. The
    chart's validation.provider does the same for names without a slash.
    """
    ollama = port_of(route.api_base) == OLLAMA_PORT
    provider = ("ollama" if route.mode == "embedding" else "ollama_chat") if ollama else "hosted_vllm"
    model = f"{provider}/{route.backend_model}"
    fix = f"use {model}{'' if ollama else ' for an OpenAI-compatible server'}"
    if not route.api_base:
        return replace(violation, fix=f"{fix}, and set its address in apiBase")
    plain = VERSIONED.sub("", route.api_base)
    right = plain if ollama else f"{plain.rstrip('/')}/v1"
    if right == route.api_base or (not ollama and plain != route.api_base):
        return replace(violation, fix=fix)
    entry = violation.keys[:-1]
    setting = ("params", "api_base") if view.get(*entry, "params", "api_base") else ("apiBase",)
    edits = {violation.keys: model, (*entry, *setting): right}
    changes = tuple(Change("set", keys, value, certain=False) for keys, value in edits.items())
    return replace(violation, fix=f"{fix}, and set {'.'.join(setting)}: {right}", changes=changes)


@rule("routes/wildcard")
def wildcard(view: RenderView) -> Iterator[Violation]:
    """Looks for external models with the name *; a name such as openrouter/* is harmless."""
    for route in gateway(view).routes:
        if route.entry and route.model == "*":
            message = f"every name that no other model has goes to {route.provider}, misspelt ones included"
            fix = f"use {route.provider}/*, or an entry for each model"
            yield Violation(("litellm", "models", route.entry, "name"), message, fix)


@rule("routes/unserved-model")
def unserved_model(view: RenderView) -> Iterator[Violation]:
    """Compares the enabled models with those that enabled nodes serve."""
    running = [entry for entry in entries(view) if view.get(entry[0], "enabled") and _runs_llamacpp(view, entry)]
    if "routes/no-such-model" in view.refused:
        return
    served: set[str] = set()
    for entry in running:
        overrides = view.get(*entry, "overrides") or {}
        off = {name for name, model in overrides.items() if model.get("enabled") is False}
        served |= set(view.get(*entry, "serve") or view.get(entry[0], "models")) - off
    for kind in KINDS:
        for name, model in view.get(kind, "models").items():
            if model.get("enabled") is not False and name not in served and view.get(kind, "enabled"):
                violation = Violation((kind, "models", name), "no node serves this model", about=frozenset({"enabled"}))
                others = [entry for entry in entries(view) if entry[0] == kind and entry not in running]
                if idle := [entry for entry in others if view.get(*entry, "enabled") is not False]:
                    fix = f"set {dotted(idle[0])}.llamacpp.enabled: true, or serve it on another node"
                    yield replace(violation, fix=fix)
                elif running:
                    yield violation


def _runs_llamacpp(view: RenderView, entry: Keys) -> bool:
    return view.get(*entry, "enabled") is not False and bool(view.effective(entry, "llamacpp", "enabled"))


@rule("routes/unused-shared-name")
def unused_shared_name(view: RenderView) -> Iterator[Violation]:
    """Counts the backends of each name in litellm.routing.sharedNames."""
    backends = Counter(route.model for route in gateway(view).routes)
    for index, name in enumerate(view.get("litellm", "routing", "sharedNames")):
        if backends[name] == 1:
            keys = ("litellm", "routing", "sharedNames", index)
            yield Violation(keys, f"{name} has only one backend, so nothing is shared").remove()


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
    yield from ((*entry, "serve") for entry in entries(view))
    yield from ((*owner, "vllm", "servedNames") for owner in owners(view))
    yield ("litellm", "routing", "sharedNames")
    yield from (("litellm", "routing", "fallbacks", name) for name in view.get("litellm", "routing", "fallbacks"))
