"""Expressions of Helm's template language in values, which nothing evaluates."""

import re
from collections import defaultdict
from collections.abc import Iterator

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ValuesView
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import plural

EXPRESSION = re.compile(
    r"\{\{-?\s*(?:\$?\.(?:Release|Values|Chart|Capabilities|Files|Template)\b"
    r"|\(?(?:include|tpl|lookup|template) +[\"($.])"
    r".*?\}\}",
    re.DOTALL,
)
"""What only Helm understands; other programs have templates in double braces as well."""


@rule("values/template")
def templates(view: ValuesView) -> Iterator[Violation]:
    """Reports the first of each object, or of each section, with the number of the others."""
    by_section: defaultdict[Keys, list[tuple[Keys, str]]] = defaultdict(list)
    for keys, value in leaves(view.values.values):
        if isinstance(value, str) and EXPRESSION.search(value):
            by_section[keys[: 2 if keys[0] == "extraObjects" else 1]].append((keys, value))
    for places in by_section.values():
        keys, value = places[0]
        others = f" (and in {plural(len(places) - 1, 'more value')})" if len(places) > 1 else ""
        expression = EXPRESSION.search(value)
        message = f"values are not templates: {expression and expression[0]} is not replaced{others}"
        replaced = [_replaced(view, text) for _, text in places]
        if all(replaced):
            changes = (
                Change("set", place, text, certain=False) for (place, _), text in zip(places, replaced, strict=True)
            )
            fix = f"perhaps use {replaced[0]}{', and replace the others as well' if others else ''}"
            yield Violation(keys, message, fix, changes=tuple(changes))
        else:
            yield Violation(keys, message, "use the text that it stands for")


def _replaced(view: ValuesView, text: str) -> str:
    """The text with the names that are known for this release; "" if it has another expression."""
    for name, known in {"Name": view.release, "Namespace": view.namespace}.items():
        text = re.sub(rf"\{{\{{-?\s*\$?\.Release\.{name}\s*-?\}}\}}", known, text)
    return "" if EXPRESSION.search(text) else text
