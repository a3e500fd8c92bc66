"""A fallback to nobody, in LiteLLM's own words."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import all_routes, answers
from ai_server.reading.profiles import Keys

PAIRS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
ANY = "*"
"""Whatever was asked for."""


@rule("routes/fallback-to-nobody")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each name in routerSettings and litellmSettings that no route, wildcard or alias answers to."""
    served = ", ".join(sorted({route.name for route in all_routes(view)}))
    if not served:
        return
    for keys, name in _names(view):
        view.count("fallbacks")
        if name != ANY and not answers(view, name):
            yield Violation(keys, f'nobody serves "{name}"', f"served are: {served}")


def _names(view: RenderView) -> Iterator[tuple[Keys, str]]:
    for section in ("routerSettings", "litellmSettings"):
        settings = view.get("litellm", section) or {}
        for setting in PAIRS:
            for index, pair in _items(settings.get(setting)):
                if isinstance(pair, dict):
                    yield from _pair(("litellm", section, setting, index), pair)
        for index, other in _items(settings.get("default_fallbacks")):
            if isinstance(other, str):
                yield ("litellm", section, "default_fallbacks", index), other
    for section, setting in (("routerSettings", "model_group_alias"), ("litellmSettings", "model_alias_map")):
        aliases = (view.get("litellm", section) or {}).get(setting)
        for alias, target in aliases.items() if isinstance(aliases, dict) else ():
            name = target.get("model") if isinstance(target, dict) else target
            if isinstance(name, str):
                yield ("litellm", section, setting, alias), name


def _pair(keys: Keys, pair: dict[str, Any]) -> Iterator[tuple[Keys, str]]:
    """{model: [others]}; an other may be a map, which brings parameters of its own."""
    for model, others in pair.items():
        yield (*keys, model), str(model)
        for index, other in _items(others):
            name = other.get("model") if isinstance(other, dict) else other
            if isinstance(name, str):
                yield (*keys, model, index), name


def _items(value: Any) -> Iterator[tuple[int, Any]]:
    yield from enumerate(value if isinstance(value, list) else [])
