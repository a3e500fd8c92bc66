"""An entry of litellm.models whose key is a wildcard, such as openrouter/*, which belongs in its name."""

from dataclasses import replace
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys
from ai_server.reading.yamltext import flow

PLACE: Keys = ("litellm", "models")


def with_another_key(violation: Violation, values: dict[str, Any]) -> Violation:
    """The violation of a key with a *, with the fix to give the entry another one; any other violation as it is."""
    *place, key = violation.keys
    provider = str(key).partition("/")[0]
    if tuple(place) != PLACE or "*" not in str(key) or "*" in provider:
        return violation
    renamed = violation.move((*PLACE, provider))
    fix = f"give the entry another name, such as {provider}"
    entry = values["litellm"]["models"][key]
    if not isinstance(entry, dict) or "name" in entry:
        return replace(renamed, fix=fix)
    named = Change("set", (*PLACE, provider, "name"), key)
    return replace(renamed, fix=f"{fix}, and set name: {flow(key)} in it", changes=(*renamed.changes, named))
