"""Fallbacks in another form than LiteLLM's."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.reading.profiles import Keys

STOPS = ("fallbacks", "content_policy_fallbacks")
"""What Router.validate_fallbacks of litellm 1.108.14 looks at; each form was tried there."""
PAIRS = (*STOPS, "context_window_fallbacks")


@rule("routes/fallback-form")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each setting of fallbacks, or part of one, that is of another form."""
    for section in ("routerSettings", "litellmSettings"):
        settings = view.get("litellm", section) or {}
        for name in PAIRS:
            if settings.get(name):
                view.count("forms of fallbacks")
                yield from _pairs(("litellm", section, name), settings[name])
        names = settings.get("default_fallbacks")
        if names and not _is_list_of_names(names):
            message = f"wanted a list of names, got {_seen(names)}"
            yield Violation(("litellm", section, "default_fallbacks"), message, f"write {_names(names)}")


def _pairs(keys: Keys, value: Any) -> Iterator[Violation]:
    name = str(keys[-1])
    then = "LiteLLM does not start" if name in STOPS else "LiteLLM never uses it"
    if not isinstance(value, list):
        message = f"wanted a list of maps, got {_seen(value)}: {then}"
        yield Violation(keys, message, f"write {_as_list(value)}")
        return
    if name not in STOPS and all(isinstance(pair, str) for pair in value):
        return  # of these LiteLLM takes plain names as well: for every model
    for index, pair in enumerate(value):
        yield from _pair((*keys, index), pair, then)


def _pair(keys: Keys, pair: Any, then: str) -> Iterator[Violation]:
    """A map of a model and its others; one with a "model" that is a text is a request of its own, for every model."""
    if not isinstance(pair, dict):
        yield Violation(
            keys, f"wanted a map such as {{chat: [small]}}, got {_seen(pair)}: {then}", f"write {_as_map(pair)}"
        )
    elif isinstance(pair.get("model"), str) and "fallbacks" in keys:
        return
    elif len(pair) != 1 and "context_window_fallbacks" not in keys:
        message = f"wanted a map of one model, got one of {len(pair)}: {then}"
        yield Violation(keys, message, f"write {_as_list(pair)}")
    else:
        for model, others in pair.items():
            if not isinstance(others, list):
                message = f"wanted a list of names, got {_seen(others)}: {then}"
                yield Violation((*keys, model), message, f"write {_names(others)}")


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
