"""The providers that LiteLLM knows."""

from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.reading.data import read_data


@cache
def known(what: str) -> frozenset[str]:
    """providers, or hosts by which LiteLLM knows one."""
    return frozenset(_listed()[what])


def at_localhost() -> dict[str, str]:
    """The providers that LiteLLM asks at localhost, each with the variable of another address."""
    found: dict[str, str] = _listed()["at_localhost"]
    return found


@cache
def _listed() -> dict[str, Any]:
    found: dict[str, Any] = read_data(facts.__file__, "providers.yaml")
    return found
