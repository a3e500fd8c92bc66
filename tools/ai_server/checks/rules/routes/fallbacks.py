"""The models to try when one fails: litellm.routing.fallbacks, and fallbacks in LiteLLM's own settings."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gateway import gateway, unanswered
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import seen

SECTIONS = ("routerSettings", "litellmSettings")
STOPS = ("fallbacks", "content_policy_fallbacks")
"""The settings that Router.validate_fallbacks of litellm 1.108.14 checks; each form was tried there."""
PAIRS = (*STOPS, "context_window_fallbacks")
ALIASES = (("routerSettings", "model_group_alias"), ("litellmSettings", "model_alias_map"))
EXAMPLE = "{chat: [small]}"
ANY = "*"
"""Any model."""


@rule("routes/fallback-mode")
def fallback_mode(view: RenderView) -> Iterator[Violation]:
    """Compares the modes of the two models of each pair."""
    modes, aliases = gateway(view).modes, view.get("litellm", "routing", "aliases")
    for name, others in view.get("litellm", "routing", "fallbacks").items():
        model = aliases.get(name, name)
        for index, other in enumerate(others):
            keys = ("litellm", "routing", "fallbacks", name, index)
            target = aliases.get(other, other)
            if target == model:
                yield Violation(keys, f"{name} would fall back to itself").remove()
            elif model in modes and target in modes and _kind(modes[model]) != _kind(modes[target]):
                message = f"{name} is for {modes[model]}, {other} for {modes[target]}"
                yield Violation(keys, message, "use a model of the same mode")


def _kind(mode: str) -> str:
    """The kind of requests: LiteLLM translates those of chat for a model in mode responses."""
    return "chat" if mode == "responses" else mode


@rule("routes/fallback-to-nobody")
def fallback_to_nobody(view: RenderView) -> Iterator[Violation]:
    """Looks for a route, wildcard or alias for each name in routerSettings and litellmSettings."""
    yield from unanswered(view, ((keys, name) for keys, name in _names(view) if name != ANY))


def _names(view: RenderView) -> Iterator[tuple[Keys, str]]:
    """Every name in fallbacks and aliases with its key; ignores settings of another form."""
    for keys, pairs in _settings(view, *PAIRS):
        for index, pair in _items(pairs):
            for model, others in pair.items() if isinstance(pair, dict) else ():
                yield (*keys, index, model), str(model)
                yield from _named((*keys, index, model), others)
    for keys, names in _settings(view, "default_fallbacks"):
        yield from _named(keys, names)
    for section, setting in ALIASES:
        keys = ("litellm", section, setting)
        yield from _named(keys, view.get(*keys), of=dict)


def _settings(view: RenderView, *names: str) -> Iterator[tuple[Keys, Any]]:
    """The settings with these names in both sections."""
    for section in SECTIONS:
        for name in names:
            keys = ("litellm", section, name)
            if value := view.get(*keys):
                yield keys, value


def _named(keys: Keys, targets: Any, of: type[Any] = list) -> Iterator[tuple[Keys, str]]:
    """The names in a list or map; each target is a name, or a map with the name and its own parameters."""
    for key, target in _items(targets, of):
        name = target.get("model") if isinstance(target, dict) else target
        if isinstance(name, str):
            yield (*keys, key), name


def _items(value: Any, of: type[Any] = list) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, of):
        yield from value.items() if isinstance(value, dict) else enumerate(value)


@rule("routes/fallback-form")
def fallback_form(view: RenderView) -> Iterator[Violation]:
    """Looks at every setting of fallbacks."""
    for keys, value in _settings(view, *PAIRS):
        yield from _form_of_list(keys, value)
    for keys, names in _settings(view, "default_fallbacks"):
        if not _is_list_of_names(names):
            yield Violation(keys, f"must be a list of names, not {seen(names)}", f"use {_names_text(names)}")


def _form_of_list(keys: Keys, value: Any) -> Iterator[Violation]:
    setting = str(keys[-1])
    effect = "LiteLLM does not start" if setting in STOPS else "LiteLLM never uses it"
    if not isinstance(value, list):
        message = f"must be a list of maps, not {seen(value)}: {effect}"
        yield Violation(keys, message, f"use {_list_text(value)}")
        return
    if setting not in STOPS and _is_list_of_names(value):
        return  # here LiteLLM also accepts plain names, for every model
    for index, pair in enumerate(value):
        yield from _form_of_pair((*keys, index), pair, effect)


def _form_of_pair(keys: Keys, pair: Any, effect: str) -> Iterator[Violation]:
    """Checks {model: [others]}; a map with a text "model" is itself a fallback with parameters, for every model."""
    if not isinstance(pair, dict):
        message = f"must be a map such as {EXAMPLE}, not {seen(pair)}: {effect}"
        yield Violation(keys, message, f"use {{{pair}: [small]}}" if isinstance(pair, str) else f"use {EXAMPLE}")
    elif isinstance(pair.get("model"), str) and "fallbacks" in keys:
        return
    elif len(pair) != 1 and "context_window_fallbacks" not in keys:
        message = f"must be a map of one model, not of {len(pair)}: {effect}"
        yield Violation(keys, message, f"use {_list_text(pair)}")
    else:
        for model, others in pair.items():
            if not isinstance(others, list):
                message = f"must be a list of names, not {seen(others)}: {effect}"
                yield Violation((*keys, model), message, f"use {_names_text(others)}")


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _names_text(value: Any) -> str:
    """The list of a model's fallbacks, as YAML."""
    names = [str(name) for name in (value if isinstance(value, list | dict) else [value]) if isinstance(name, str)]
    return f"[{', '.join(names) or 'small'}]"


def _list_text(value: Any) -> str:
    """A map in LiteLLM's form; an example instead of anything else."""
    pairs = value.items() if isinstance(value, dict) else ()
    return f"[{', '.join(f'{{{model}: {_names_text(others)}}}' for model, others in pairs) or EXAMPLE}]"
