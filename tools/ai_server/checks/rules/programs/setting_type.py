"""A setting of LiteLLM with a value of the wrong kind."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.reading.data import read_data
from ai_server.reading.profiles import Keys

RULE = Rule(
    "A setting of LiteLLM with a value of the wrong kind",
    why="LiteLLM takes whatever its config.yaml says, and trips over it at the first request: times are numbers of"
    " seconds, without a unit, and a switch in quotes is on, whatever it says. An unknown routing_strategy stops it at"
    " the start. The kinds are read from LiteLLM itself (litellm_types.yaml beside the rule).",
    wrong="litellm:\n  litellmSettings: {request_timeout: 10m}",
    right="litellm:\n  litellmSettings: {request_timeout: 600}",
)
SECTIONS = {
    "routerSettings": "router_settings",
    "litellmSettings": "litellm_settings",
    "generalSettings": "general_settings",
}
STRATEGIES = (
    *("simple-shuffle", "least-busy", "latency-based-routing", "cost-based-routing", "usage-based-routing"),
    *("usage-based-routing-v2", "provider-budget-routing", "lar1"),
)
"""VALID_ROUTING_STRATEGIES in litellm/router_utils/routing_groups.py, of litellm 1.108.14."""
ELSEWHERE = "os.environ/"
"""A value that LiteLLM takes from a variable."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each number that is none, each switch that is none, and an unknown routing_strategy.

    Texts such as "600" and "false" are read in params (pydantic reads them), and nowhere else.
    """
    for key, section in SECTIONS.items():
        for name, value in (context.get("litellm", key) or {}).items():
            yield from _judged(context, ("litellm", key, name), section, value)
    for model, entry in (context.get("litellm", "models") or {}).items():
        params = entry.get("params") if isinstance(entry, dict) else None
        for name, value in (params or {}).items():
            yield from _judged(context, ("litellm", "models", model, "params", name), "params", value)
    strategy = (context.get("litellm", "routerSettings") or {}).get("routing_strategy")
    if strategy is not None and strategy not in STRATEGIES:
        keys = ("litellm", "routerSettings", "routing_strategy")
        message = f'LiteLLM has no routing_strategy "{strategy}", and does not start'
        yield Found(keys, message, f"write one of {', '.join(STRATEGIES)}")


def _judged(context: Context, keys: Keys, section: str, value: Any) -> Iterator[Found]:
    kind = _kinds()[section].get(str(keys[-1]), "")
    if not kind or value is None or (isinstance(value, str) and value.startswith(ELSEWHERE)):
        return
    context.count("kinds of settings")
    if kind == "switches":
        said = ("true", "false") if section == "params" else ("true",)
        if not isinstance(value, int) and str(value).lower() not in said:
            yield Found(keys, f"wanted true or false, got {_seen(value)}", "write true or false, without quotes")
    elif isinstance(value, str) and _number(value):
        if section != "params":
            message = f"{_seen(value)} is a text, and LiteLLM reckons with it"
            yield Found(keys, message, "write the number without quotes", severity="warning")
    elif not isinstance(value, int | float):
        wanted = "a whole number" if kind == "whole numbers" else "a number"
        yield Found(keys, f"wanted {wanted}, got {_seen(value)}", "write a number, in seconds where it is a time")


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
    data = read_data(__file__, "litellm_types.yaml")
    return {
        section: {name: kind for kind, names in data[section].items() for name in names}
        for section in (*SECTIONS.values(), "params")
    }
