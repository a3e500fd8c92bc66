"""Kubernetes' valueFrom in LiteLLM's own settings."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView
from ai_server.checks.subjects.from_secret import SETTINGS, how
from ai_server.reading.profiles import Keys

KUBERNETES = {"valueFrom", "secretKeyRef", "configMapKeyRef"}


@rule("programs/value-from")
def check(view: ValuesView) -> Iterator[Violation]:
    """A finding for each such map in the three sections and in the params of models."""
    places: list[Keys] = [("litellm", section) for section in SETTINGS]
    models = view.get("litellm", "models")
    places += [("litellm", "models", name, "params") for name in (models if isinstance(models, dict) else ())]
    for place in places:
        view.count("settings against valueFrom")
        for keys in _maps(place, view.get(*place)):
            yield Violation(
                keys, "LiteLLM's settings do not know valueFrom, and take this for a map of keys", how(keys)
            )


def _maps(keys: Keys, value: Any) -> Iterator[Keys]:
    if isinstance(value, dict) and value and value.keys() <= KUBERNETES:
        yield keys
    elif isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _maps((*keys, key), each)
