"""What a rule's file needs: words to say what is wrong, and the context to look at."""

from collections.abc import Callable

from ai_server.checks.engine.context import Context
from ai_server.checks.engine.found import ORDER, Finding, Found, not_checked, told_once
from ai_server.checks.engine.keypaths import dotted, leaves, origin


def said(module: str) -> Callable[[Context], list[Found]]:
    """The check of a rule whose words the schema or the chart says; module is the rule's __name__."""
    _, _, category, name = module.rsplit(".", 3)
    rule = f"{category}/{name.replace('_', '-')}"

    def check(context: Context) -> list[Found]:
        return context.refused.get(rule, [])

    return check


__all__ = ["ORDER", "Context", "Finding", "Found", "dotted", "leaves", "not_checked", "origin", "said", "told_once"]
