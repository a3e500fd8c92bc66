"""Sentences of advice as edits: what "use VALUE", "set KEY: VALUE" and "remove it" change. These are proposals, because
a sentence may go on with an alternative.
"""

import re
from dataclasses import replace
from pathlib import Path

from ai_server.checks.core.keypaths import takes_next
from ai_server.checks.core.model import REMOVE, Violation
from ai_server.checks.core.pages import Page
from ai_server.checks.core.views import ValuesView
from ai_server.checks.engine.chart_schema import accepts
from ai_server.checks.engine.fixes import not_onto_another
from ai_server.errors import UserError
from ai_server.reading.edit import Change, changed, is_there
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlfile import document_of
from ai_server.reading.yamlscalars import scalar

VALUE = (
    r'(?:at (?:least|most) )?(?P<value>"[^"]*"|\[.*?\]+|\{.*?\}+|[^\s,;:]\S*?)'
    r"(?=$|,? (?:or|and|instead) |[;:] (?!and )| \()"
)
"""A value, and the start of another clause, or the end."""
USE = re.compile(rf"(?:use|set it to) {VALUE}")
SET = re.compile(rf"set (?P<key>[A-Za-z_][\w.]*)(?:: | to ){VALUE}")
PLACEHOLDER = re.compile(r"\.\.\.|host:port|\bmy-|\bNAME\b|://$|^(JSON|domain/name)$")
"""What stands for something that the user knows."""
ABOUT_KEYS = ("values/renamed-key", "values/misplaced-key", "values/unknown-key")
"""Rules whose advice is another key, not another value."""


def advised(view: ValuesView, page: Page, violation: Violation) -> Violation:
    """A violation with the edit that its sentence describes, unless it has edits, or the schema rejects the result; and
    without an edit that moves a key onto another one.
    """
    violation = not_onto_another(violation, *(document.values for document in view.values.documents))
    if violation.changes or (page.change and not violation.fix) or not violation.keys or page.id in ABOUT_KEYS:
        return violation
    change = _change(view, violation.keys, violation.fix or page.fix)
    if not change:
        return violation
    changes = tuple(replace(edit, certain=False) for edit in change)
    try:
        valid = accepts(view, changed(view.values.values, *changes))
    except (LookupError, TypeError, ValueError):
        valid = False
    return replace(violation, fix=violation.fix or page.fix, changes=changes) if valid else violation


def _change(view: ValuesView, keys: Keys, sentence: str) -> tuple[Change, ...]:
    sentence = sentence.removeprefix("perhaps ")
    if re.match(rf"{REMOVE}\b(?! and)", sentence):
        return Violation(keys, "", items=2 if _has_value(view, keys) else 1).changed(REMOVE)
    if used := USE.match(sentence):
        return _set(view, _value_of(view, keys), used["value"])
    if named := SET.match(sentence):
        return _set(view, _named(view, keys, tuple(named["key"].split("."))), named["value"])
    return ()


def _has_value(view: ValuesView, keys: Keys) -> bool:
    """Whether an item of extraArgs is a flag whose value is the next item."""
    return keys[-2:-1] == ("extraArgs",) and takes_next(view.get(*keys[:-1]), keys[-1])


def _value_of(view: ValuesView, keys: Keys) -> Keys:
    """The key of a value: for a flag in a list of arguments, that of the next item; () if it has none."""
    if keys[-2:-1] != ("extraArgs",) or not str(view.get(*keys)).startswith("-"):
        return keys
    return (*keys[:-1], int(keys[-1]) + 1) if _has_value(view, keys) else ()


def _set(view: ValuesView, keys: Keys, text: str) -> tuple[Change, ...]:
    """The edit that writes a text of YAML at a key; none for another kind of value than the present one."""
    if not keys or PLACEHOLDER.search(text):
        return ()
    try:
        value = document_of(Path("advice"), f"value: {text}").values["value"] if text[0] in '"[{' else scalar(text)
    except UserError:
        return ()
    present = view.get(*keys)
    plain = not isinstance(value, dict | list)
    if present is not None and (plain == isinstance(present, dict | list) or present == value):
        return ()
    return (Change("set", keys, value),)


def _named(view: ValuesView, keys: Keys, name: Keys) -> Keys:
    """The key that a sentence names: from the top, below the key of the violation, or next to it or to a key above."""
    if name[0] in view.merged:
        return name
    for length in range(len(keys), 0, -1):
        if is_there(view.merged, (*keys[:length], name[0])):
            return (*keys[:length], *name)
    node = keys[:3] if keys[1:2] == ("nodes",) else ()
    return (*node, *name) if node and is_there(view.merged, (node[0], name[0])) else ()
