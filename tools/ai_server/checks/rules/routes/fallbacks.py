"""The models to try when one fails: litellm.routing.fallbacks, and fallbacks in LiteLLM's own settings."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.reading.profiles import Keys

SECTIONS = ("routerSettings", "litellmSettings")
STOPS = ("fallbacks", "content_policy_fallbacks")
"""The settings that Router.validate_fallbacks of litellm 1.108.14 checks; each form was tried there."""
PAIRS = (*STOPS, "context_window_fallbacks")
ALIASES = (("routerSettings", "model_group_alias"), ("litellmSettings", "model_alias_map"))
ANY = "*"
"""Any model."""


@rule("routes/fallback-mode")
def fallback_mode(view: RenderView) -> Iterator[Violation]:
    """Compares the modes of the two models of each pair."""
    modes, aliases = gateway(view).modes, view.get("litellm", "routing", "aliases")
    for name, others in view.get("litellm", "routing", "fallbacks").items():
        model = aliases.get(name, name)
        for index, other in enumerate(others):
            view.count("fallbacks")
            keys = ("litellm", "routing", "fallbacks", name, index)
            target = aliases.get(other, other)
            if target == model:
                yield Violation(keys, f"{name} would fall back to itself", "remove it")
            elif model in modes and target in modes and modes[model] != modes[target]:
                message = f"{name} is for {modes[model]}, {other} for {modes[target]}"
                yield Violation(keys, message, "use a model of the same mode")


@rule("routes/fallback-to-nobody")
def fallback_to_nobody(view: RenderView) -> Iterator[Violation]:
    """Looks for a route, wildcard or alias for each name in routerSettings and litellmSettings."""
    served = ", ".join(sorted(gateway(view).modes))
    if not served:
        return
    for keys, name in _names(view):
        view.count("fallbacks")
        if name != ANY and not gateway(view).answers(name):
            yield Violation(keys, f'nobody serves "{name}"', f"use one of: {served}")


def _names(view: RenderView) -> Iterator[tuple[Keys, str]]:
    """Every name in fallbacks and aliases with its key; ignores settings of another form."""
    for section in SECTIONS:
        settings = view.get("litellm", section)
        for setting in PAIRS:
            for index, pair in _items(settings.get(setting)):
                if isinstance(pair, dict):
                    yield from _names_of_pair(("litellm", section, setting, index), pair)
        for index, other in _items(settings.get("default_fallbacks")):
            if isinstance(other, str):
                yield ("litellm", section, "default_fallbacks", index), other
    for section, setting in ALIASES:
        aliases = view.get("litellm", section).get(setting)
        for alias, target in aliases.items() if isinstance(aliases, dict) else ():
            name = target.get("model") if isinstance(target, dict) else target
            if isinstance(name, str):
                yield ("litellm", section, setting, alias), name


def _names_of_pair(keys: Keys, pair: dict[str, Any]) -> Iterator[tuple[Keys, str]]:
    """The names in {model: [others]}, where one may be a map with its own parameters."""
    for model, others in pair.items():
        yield (*keys, model), str(model)
        for index, other in _items(others):
            name = other.get("model") if isinstance(other, dict) else other
            if isinstance(name, str):
                yield (*keys, model, index), name


def _items(value: Any) -> Iterator[tuple[int, Any]]:
    yield from enumerate(value if isinstance(value, list) else [])


@rule("routes/fallback-form")
def fallback_form(view: RenderView) -> Iterator[Violation]:
    """Looks at every setting of fallbacks."""
    for section in SECTIONS:
        settings = view.get("litellm", section)
        for setting in PAIRS:
            if settings.get(setting):
                view.count("forms of fallbacks")
                yield from _form_of_list(("litellm", section, setting), settings[setting])
        names = settings.get("default_fallbacks")
        if names and not _is_list_of_names(names):
            message = f"must be a list of names, not {_seen(names)}"
            yield Violation(("litellm", section, "default_fallbacks"), message, f"use {_names_text(names)}")


def _form_of_list(keys: Keys, value: Any) -> Iterator[Violation]:
    setting = str(keys[-1])
    effect = "LiteLLM does not start" if setting in STOPS else "LiteLLM never uses it"
    if not isinstance(value, list):
        message = f"must be a list of maps, not {_seen(value)}: {effect}"
        yield Violation(keys, message, f"use {_list_text(value)}")
        return
    if setting not in STOPS and _is_list_of_names(value):
        return  # here LiteLLM also accepts plain names, for every model
    for index, pair in enumerate(value):
        yield from _form_of_pair((*keys, index), pair, effect)


def _form_of_pair(keys: Keys, pair: Any, effect: str) -> Iterator[Violation]:
    """Checks {model: [others]}; a map with a text "model" is itself a fallback with parameters, for every model."""
    if not isinstance(pair, dict):
        message = f"must be a map such as {{chat: [small]}}, not {_seen(pair)}: {effect}"
        yield Violation(keys, message, f"use {_map_text(pair)}")
    elif isinstance(pair.get("model"), str) and "fallbacks" in keys:
        return
    elif len(pair) != 1 and "context_window_fallbacks" not in keys:
        message = f"must be a map of one model, not of {len(pair)}: {effect}"
        yield Violation(keys, message, f"use {_list_text(pair)}")
    else:
        for model, others in pair.items():
            if not isinstance(others, list):
                message = f"must be a list of names, not {_seen(others)}: {effect}"
                yield Violation((*keys, model), message, f"use {_names_text(others)}")


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _seen(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a map" if isinstance(value, dict) else "a list"
    return f'the text "{value}"' if isinstance(value, str) else "nothing" if value is None else str(value)


def _names_text(value: Any) -> str:
    """The list of a model's fallbacks, as YAML."""
    names = [str(name) for name in (value if isinstance(value, list | dict) else [value]) if isinstance(name, str)]
    return f"[{', '.join(names) or 'small'}]"


def _map_text(pair: Any) -> str:
    return f"{{{pair}: [small]}}" if isinstance(pair, str) else "{chat: [small]}"


def _list_text(value: Any) -> str:
    """A map in LiteLLM's form; an example instead of anything else."""
    pairs = value.items() if isinstance(value, dict) else ()
    return f"[{', '.join(f'{{{model}: {_names_text(others)}}}' for model, others in pairs) or '{chat: [small]}'}]"
