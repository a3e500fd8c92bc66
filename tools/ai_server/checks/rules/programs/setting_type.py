"""A setting of LiteLLM with a value of the wrong kind."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.reading.data import read_data
from ai_server.reading.profiles import Keys

SECTIONS = {
    "routerSettings": "router_settings",
    "litellmSettings": "litellm_settings",
    "generalSettings": "general_settings",
}
ELSEWHERE = "os.environ/"
"""A value that LiteLLM takes from a variable."""


@rule("programs/setting-type")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each number that is none and each switch that is none.

    Texts such as "600" and "false" are read in params (pydantic reads them), and nowhere else.
    """
    for key, section in SECTIONS.items():
        for name, value in (view.get("litellm", key) or {}).items():
            yield from _judged(view, ("litellm", key, name), section, value)
    for model, entry in (view.get("litellm", "models") or {}).items():
        params = entry.get("params") if isinstance(entry, dict) else None
        for name, value in (params or {}).items():
            yield from _judged(view, ("litellm", "models", model, "params", name), "params", value)


def _judged(view: RenderView, keys: Keys, section: str, value: Any) -> Iterator[Violation]:
    kind = _kinds()[section].get(str(keys[-1]), "")
    if not kind or value is None or (isinstance(value, str) and value.startswith(ELSEWHERE)):
        return
    view.count("kinds of settings")
    if kind == "switches":
        said = ("true", "false") if section == "params" else ("true",)
        if not isinstance(value, int) and str(value).lower() not in said:
            yield Violation(keys, f"wanted true or false, got {_seen(value)}", "write true or false, without quotes")
    elif isinstance(value, str) and _number(value):
        if section != "params":
            message = f"{_seen(value)} is a text, and LiteLLM reckons with it"
            yield Violation(keys, message, "write the number without quotes", severity="warning")
    elif not isinstance(value, int | float):
        wanted = "a whole number" if kind == "whole numbers" else "a number"
        yield Violation(keys, f"wanted {wanted}, got {_seen(value)}", "write a number, in seconds where it is a time")


def _seen(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a map of keys" if isinstance(value, dict) else "a list"
    return f'the text "{value}"' if isinstance(value, str) else str(value)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@cache
def _kinds() -> dict[str, dict[str, str]]:
    """Each setting's kind (whole numbers, numbers, switches), by section."""
    data = read_data(facts.__file__, "litellm_types.yaml")
    return {
        section: {name: kind for kind, names in data[section].items() for name in names}
        for section in (*SECTIONS.values(), "params")
    }
