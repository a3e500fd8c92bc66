"""Fallbacks in another form than LiteLLM's."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.reading.profiles import Keys

RULE = Rule(
    "Fallbacks in a form that LiteLLM does not take",
    why="LiteLLM wants a list with a map of one model each, whose value is a list of the others, and for"
    " default_fallbacks a list of names. Since 1.108.1 it does not start with a text where a list belongs; what"
    " context_window_fallbacks says in another form is never used, without a word. litellm.routing.fallbacks is a"
    " plain map, from which the chart writes LiteLLM's form.",
    wrong="litellm:\n  litellmSettings: {default_fallbacks: small}",
    right="litellm:\n  litellmSettings: {default_fallbacks: [small], fallbacks: [{chat: [small]}]}",
)
STOPS = ("fallbacks", "content_policy_fallbacks")
"""What Router.validate_fallbacks of litellm 1.108.14 looks at; each form was tried there."""
PAIRS = (*STOPS, "context_window_fallbacks")


def check(context: Context) -> Iterator[Found]:
    """A finding for each setting of fallbacks, or part of one, that is of another form."""
    for section in ("routerSettings", "litellmSettings"):
        settings = context.get("litellm", section) or {}
        for name in PAIRS:
            if settings.get(name):
                context.count("forms of fallbacks")
                yield from _pairs(("litellm", section, name), settings[name])
        names = settings.get("default_fallbacks")
        if names and not _is_list_of_names(names):
            message = f"wanted a list of names, got {_seen(names)}"
            yield Found(("litellm", section, "default_fallbacks"), message, f"write {_names(names)}")


def _pairs(keys: Keys, value: Any) -> Iterator[Found]:
    name = str(keys[-1])
    then = "LiteLLM does not start" if name in STOPS else "LiteLLM never uses it"
    if not isinstance(value, list):
        message = f"wanted a list of maps, got {_seen(value)}: {then}"
        yield Found(keys, message, f"write {_as_list(value)}")
        return
    if name not in STOPS and all(isinstance(pair, str) for pair in value):
        return  # of these LiteLLM takes plain names as well: for every model
    for index, pair in enumerate(value):
        yield from _pair((*keys, index), pair, then)


def _pair(keys: Keys, pair: Any, then: str) -> Iterator[Found]:
    """A map of a model and its others; one with a "model" that is a text is a request of its own, for every model."""
    if not isinstance(pair, dict):
        yield Found(
            keys, f"wanted a map such as {{chat: [small]}}, got {_seen(pair)}: {then}", f"write {_as_map(pair)}"
        )
    elif isinstance(pair.get("model"), str) and "fallbacks" in keys:
        return
    elif len(pair) != 1 and "context_window_fallbacks" not in keys:
        message = f"wanted a map of one model, got one of {len(pair)}: {then}"
        yield Found(keys, message, f"write {_as_list(pair)}")
    else:
        for model, others in pair.items():
            if not isinstance(others, list):
                message = f"wanted a list of names, got {_seen(others)}: {then}"
                yield Found((*keys, model), message, f"write {_names(others)}")


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _seen(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a map" if isinstance(value, dict) else "a list"
    return f'the text "{value}"' if isinstance(value, str) else "nothing" if value is None else str(value)


def _names(value: Any) -> str:
    """What to write for a model's others."""
    named = [str(each) for each in (value if isinstance(value, list | dict) else [value]) if isinstance(each, str)]
    return f"[{', '.join(named) or 'small'}]"


def _as_map(pair: Any) -> str:
    return f"{{{pair}: [small]}}" if isinstance(pair, str) else "{chat: [small]}"


def _as_list(value: Any) -> str:
    """A map in LiteLLM's form; of anything else an example."""
    pairs = value.items() if isinstance(value, dict) else ()
    return f"[{', '.join(f'{{{model}: {_names(others)}}}' for model, others in pairs) or '{chat: [small]}'}]"
