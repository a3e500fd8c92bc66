"""Every rule: its page and the function that finds it."""

import pkgutil
from collections.abc import Callable, Iterable
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
_checks: dict[str, Check] = {}


@dataclass(frozen=True)
class Rule:
    """A rule: its page, and what finds its violations; None where the schema or the chart's own validation does."""

    page: Page
    check: Check | None

    @property
    def id(self) -> str:
        """kubernetes/label: its category and its name."""
        return self.page.id


def rule(rule_id: str) -> Callable[[C], C]:
    """Registers the function that finds a rule's violations."""

    def register(check: C) -> C:
        if rule_id in _checks:
            raise ValueError(f"two functions find {rule_id}")
        _checks[rule_id] = check
        return check

    return register


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by its id, category by category, each in the order of its names."""
    package = "ai_server.checks.rules"
    for module in pkgutil.walk_packages([str(FOLDER.parent / "rules")], f"{package}."):
        import_module(module.name)
    pages = all_pages()
    if without_page := _checks.keys() - pages.keys():
        raise ValueError(f"no page in {FOLDER} for {', '.join(sorted(without_page))}")
    return {page.id: Rule(page, _checks.get(page.id)) for page in pages.values()}


def the_rule(rule_id: str) -> Rule:
    """The rule of that id; UserError names the nearest ones."""
    rules = all_rules()
    if rule_id not in rules:
        near = get_close_matches(rule_id, rules, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "docs/checks/README.md lists them"
        raise UserError(f"no rule is called {rule_id!r}", hint=hint)
    return rules[rule_id]
