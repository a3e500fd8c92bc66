"""Every rule: its documentation, and what finds its violations: a function, rows of tables, or both."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from ai_server.checks.core.model import Violation
from ai_server.checks.core.pages import FOLDER, Page, all_pages
from ai_server.errors import UserError

Check = Callable[[Any], Iterable[Violation]]
"""A function of the view that the rule needs."""
C = TypeVar("C", bound=Check)
_functions: dict[str, Check] = {}
_rows: dict[str, Check] = {}


@dataclass(frozen=True)
class Rule:
    """A rule: its page and its checks; no checks if the schema or the chart's own validation finds the violations."""

    page: Page
    checks: tuple[Check, ...]

    @property
    def id(self) -> str:
        """The category and the name: kubernetes/label."""
        return self.page.id

    def violations(self, view: Any) -> Iterator[Violation]:
        """The violations in the view that the rule needs."""
        for check in self.checks:
            yield from check(view)


def rule(rule_id: str) -> Callable[[C], C]:
    """Registers the function that finds a rule's violations."""
    return _register(_functions, rule_id)


def rule_of_rows(rule_id: str) -> Callable[[C], C]:
    """Registers the function that evaluates a rule's rows."""
    return _register(_rows, rule_id)


def _register(checks: dict[str, Check], rule_id: str) -> Callable[[C], C]:
    def register(check: C) -> C:
        if rule_id in checks:
            raise UserError(f"two functions find {rule_id}", hint="give one of them another id in @rule(...)")
        checks[rule_id] = check
        return check

    return register


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by its id, sorted by category and name."""
    import_module("ai_server.checks.rules").import_all()
    pages = all_pages()
    if without_page := (_functions.keys() | _rows.keys()) - pages.keys():
        raise UserError(f"no page for {', '.join(sorted(without_page))}", hint=f"add <name>.md in {FOLDER}")
    return {
        name: Rule(page, tuple(kind[name] for kind in (_functions, _rows) if name in kind))
        for name, page in pages.items()
    }


def the_rule(rule_id: str) -> Rule:
    """The rule with an id; UserError, with the nearest ids, if there is none."""
    rules = all_rules()
    if rule_id not in rules:
        near = get_close_matches(rule_id, rules, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "docs/checks/README.md lists them"
        raise UserError(f"no rule is called {rule_id!r}", hint=hint)
    return rules[rule_id]
