"""Kubernetes' valueFrom in LiteLLM's own settings."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.from_secret import SETTINGS, how
from ai_server.reading.profiles import Keys

RULE = Rule(
    "Kubernetes' valueFrom in LiteLLM's own settings",
    needs="values",
    why="Only variables are filled in from a Secret: valueFrom belongs in litellm.extraEnv. In LiteLLM's own settings"
    " it stays a map of keys, and LiteLLM does not start, or has no key. There a setting is read from a variable by"
    " os.environ/NAME, and a model's key comes from its apiKeySecret.",
    wrong="litellm:\n  generalSettings:\n    database_url: {valueFrom: {secretKeyRef: {name: db, key: url}}}",
    right="litellm:\n  generalSettings: {database_url: os.environ/MY_DATABASE}\n"
    "  extraEnv: {MY_DATABASE: {valueFrom: {secretKeyRef: {name: db, key: url}}}}",
)
KUBERNETES = {"valueFrom", "secretKeyRef", "configMapKeyRef"}


def check(context: Context) -> Iterator[Found]:
    """A finding for each such map in the three sections and in the params of models."""
    places: list[Keys] = [("litellm", section) for section in SETTINGS]
    models = context.get("litellm", "models")
    places += [("litellm", "models", name, "params") for name in (models if isinstance(models, dict) else ())]
    for place in places:
        context.count("settings against valueFrom")
        for keys in _maps(place, context.get(*place)):
            yield Found(keys, "LiteLLM's settings do not know valueFrom, and take this for a map of keys", how(keys))


def _maps(keys: Keys, value: Any) -> Iterator[Keys]:
    if isinstance(value, dict) and value and value.keys() <= KUBERNETES:
        yield keys
    elif isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _maps((*keys, key), each)
