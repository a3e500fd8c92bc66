"""Values in the form of another program, which facts/other_forms.yaml lists, and texts that are numbers in quotes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.engine.as_map import LONGEST
from ai_server.checks.engine.chart_schema import fits
from ai_server.checks.engine.conversions import nested, values_as
from ai_server.reading.yamlscalars import scalar
from ai_server.reading.yamlscalars import written as as_written
from ai_server.reading.yamltext import flow

Row = Mapping[str, Any]


def in_our_form(violation: Violation, value: Any, plain: str) -> Violation | None:
    """The violation with the value in the form that the chart takes; None if its form is unknown. plain: the text of
    the value if it has no quotes.
    """
    if isinstance(value, str) and (number := unquoted(violation, value)) is not None:
        fix = f"use {as_written(number)}" if plain else f"use {as_written(number)}, without quotes"
        return replace(violation.use(number), fix=fix)
    for row in _rows(dotted(violation.keys)):
        if "wrap" in row:
            wrapped = _wrapped(value, row)
            if wrapped is not None:
                return violation.use(wrapped, certain=not row.get("perhaps"))
        elif "as" in row:
            by_name = isinstance(value, list) and all(isinstance(item, dict) and "name" in item for item in value)
            values = None if by_name else values_as(value, row["as"])
            if values and len(flow(nested(values))) <= LONGEST:
                return violation.use(nested(values), certain=not row.get("perhaps"))
        elif "form" not in row:
            if isinstance(value, list):
                return replace(violation, fix=row["fix"])
        elif not isinstance(value, dict | list | bool) and (match := re.fullmatch(row["form"], str(value).strip())):
            if "fix" in row:
                return replace(violation, fix=row["fix"])
            filled = _filled(row["use"], match.groupdict())
            used = violation.use(scalar(filled) if row.get("number") else filled, certain=not row.get("perhaps"))
            return replace(used, fix=f"{used.fix}: {row['why']}") if "why" in row else used
    return None


def unquoted(violation: Violation, text: str) -> int | float | bool | None:
    """The number or boolean that a text in quotes is, if the schema accepts that."""
    value = scalar(text.strip())
    right = isinstance(value, int | float) and fits(violation.keys, value)
    return value if right and not isinstance(value, str) else None


def _rows(key: str) -> Iterator[Row]:
    for row in facts.table("other_forms"):
        patterns = row["at"] if isinstance(row["at"], list) else [row["at"]]
        if any(fnmatchcase(key, pattern) for pattern in patterns):
            yield row


def _wrapped(value: Any, row: Row) -> Any:
    """A map as a list, or a list below its key; None if it has none of the row's keys."""
    items = value if isinstance(value, list) else [value]
    if not items or any(not isinstance(item, dict) or not item.keys() & set(row["having"]) for item in items):
        return None
    if row["wrap"] == "list":
        return None if isinstance(value, list) else items
    return {row["wrap"]: items}


def _filled(part: Any, groups: Mapping[str, str]) -> Any:
    """A value of the table with the texts for its {names}."""
    if isinstance(part, dict):
        return {_filled(key, groups): _filled(value, groups) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(item, groups) for item in part]
    return part.format_map(groups) if isinstance(part, str) else part
