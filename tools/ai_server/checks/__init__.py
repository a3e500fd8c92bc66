"""Rules about values, objects and nodes, run by `ai-server check` and by the tests alike.

A rule is its documentation, pages/<category>/<name>.md, and what finds its violations: a function in rules/, a row in
facts/, or the schema and the chart's own validation.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_server.checks.core.model import Finding, Violation
    from ai_server.checks.core.registry import all_rules
    from ai_server.checks.engine.run import Result, run, unreadable

__all__ = ["Finding", "Result", "Violation", "all_rules", "run", "unreadable"]
PLACES = {"Finding": "core.model", "Violation": "core.model", "all_rules": "core.registry"}
"""The modules of names that are not in engine.run."""


def __getattr__(name: str) -> Any:
    """Imports what is asked for: the plan needs no rules, and to import what runs them takes a tenth of its time."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{PLACES.get(name, 'engine.run')}"), name)
