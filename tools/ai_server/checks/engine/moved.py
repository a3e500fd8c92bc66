"""The fix of a value that is invalid at its new key as well."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.checks.engine.chart_schema import chart_schema, validator
from ai_server.checks.engine.schema_words import explained
from ai_server.reading.edit import Change, changed
from ai_server.reading.profiles import Keys
from ai_server.reading.schema_errors import schema_errors
from ai_server.reading.yamltext import flow


def with_its_value(violation: Violation, values: dict[str, Any], plain: Mapping[Keys, str]) -> Violation:
    """A violation that moves a value, with the fix for that as well: ctxsize: "65536" is ctxSize: 65536.

    plain: the text of each scalar without quotes.
    """
    [move, *others] = violation.changes or [None]
    if not move or others or move.op != "move":
        return violation
    try:
        after = changed(values, move)
    except (LookupError, TypeError):
        return violation
    length = len(move.keys)
    texts = {(*move.to, *keys[length:]): text for keys, text in plain.items() if keys[:length] == move.keys}
    for error in schema_errors(validator(alone=True), chart_schema(alone=True), after):
        for _, wrong in explained(texts, error) if error.path == move.to else ():
            if wrong.keys == move.to and [change.op for change in wrong.changes] == ["set"]:
                return _with(violation, wrong.changes[0])
    return violation


def _with(violation: Violation, change: Change) -> Violation:
    head, see, page = violation.fix.partition("; see ")
    written = f"{': ' if head.startswith('use ') else ', as '}{flow(change.value)}"
    perhaps = "" if change.certain or head.startswith("perhaps ") else "perhaps "
    return replace(violation, fix=f"{perhaps}{head}{written}{see}{page}", changes=(*violation.changes, change))
