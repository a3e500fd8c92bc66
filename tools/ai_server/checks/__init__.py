"""Rules about values, objects and nodes, run by `ai-server check` and by the tests alike.

A rule is its documentation, pages/<category>/<name>.md, and what finds its violations: a function in rules/, a row in
facts/, or the schema and the chart's own validation.
"""

from ai_server.checks.core.model import Finding, Violation
from ai_server.checks.core.registry import all_rules
from ai_server.checks.engine.run import Result, run, unreadable

__all__ = ["Finding", "Result", "Violation", "all_rules", "run", "unreadable"]
