"""Every rule: its page, and what finds its violations: a function, rows of the programs' tables, or both."""

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.pages import FOLDER, Page, all_pages
from ai_server.errors import UserError

Check = Callable[[Any], Iterable[Violation]]
"""Takes the view that the rule's page says it needs."""
C = TypeVar("C", bound=Check)
_functions: dict[str, Check] = {}
_rows: dict[str, Check] = {}


@dataclass(frozen=True)
class Rule:
    """A rule: its page and its checks; none where the schema or the chart's own validation finds the violations."""

    page: Page
    checks: tuple[Check, ...]

    @property
    def id(self) -> str:
        """kubernetes/label: its category and its name."""
        return self.page.id

    def violations(self, view: Any) -> Iterator[Violation]:
        """What its checks find in the view that its page says it needs."""
        for check in self.checks:
            yield from check(view)


def rule(rule_id: str) -> Callable[[C], C]:
    """Registers the function that finds a rule's violations."""
    return _register(_functions, rule_id)


def rule_of_rows(rule_id: str) -> Callable[[C], C]:
    """Registers the check of the rows of a rule."""
    return _register(_rows, rule_id)


def _register(checks: dict[str, Check], rule_id: str) -> Callable[[C], C]:
    def register(check: C) -> C:
        if rule_id in checks:
            raise ValueError(f"two functions find {rule_id}")
        checks[rule_id] = check
        return check

    return register


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by its id, category by category, each in the order of its names."""
    package = "ai_server.checks.rules"
    for module in pkgutil.walk_packages([str(FOLDER.parent / "rules")], f"{package}."):
        import_module(module.name)
    pages = all_pages()
    if without_page := (_functions.keys() | _rows.keys()) - pages.keys():
        raise ValueError(f"no page in {FOLDER} for {', '.join(sorted(without_page))}")
    return {
        name: Rule(page, tuple(kind[name] for kind in (_functions, _rows) if name in kind))
        for name, page in pages.items()
    }


def the_rule(rule_id: str) -> Rule:
    """The rule of that id; UserError names the nearest ones."""
    rules = all_rules()
    if rule_id not in rules:
        near = get_close_matches(rule_id, rules, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "docs/checks/README.md lists them"
        raise UserError(f"no rule is called {rule_id!r}", hint=hint)
    return rules[rule_id]
