"""What the schema rejects, by the rule that it breaks."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ai_server.checks.core.keypaths import leaves, without
from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.engine.chart_schema import validator
from ai_server.checks.subjects.odd_values import odd_value
from ai_server.reading.edit import changed
from ai_server.reading.merge import merge
from ai_server.reading.profiles import Keys, nearest
from ai_server.reading.yamlfile import Document


def look(view: ValuesView) -> None:
    """Fills view.refused and view.pruned from the values that templates would see."""
    view.count("values", sum(1 for _ in leaves(view.merged)))
    refused = list(_refused(view, view.merged, view.values.plain))
    for rule, violation in refused:
        view.refuse(f"values/{rule}", violation)
        view.pruned[violation.keys] = violation.meant or violation.keys
        moves = (change for change in violation.changes if change.op == "move")
        view.pruned |= {change.keys: violation.meant or change.to for change in moves}
    for keys, text in view.values.plain.items():
        if keys and keys not in view.pruned and (odd := odd_value(keys, text)):
            view.refuse("values/odd-character", odd)
            area = next((keys[:index] for index, key in enumerate(keys) if isinstance(key, int)), keys)
            view.pruned[area] = area
    known = {*view.pruned, *_explained([violation for _, violation in refused])}
    for keys, value in leaves(view.values.values):
        if value is None and keys[:1] == ("global",) and keys[-2:-1] != ("modelsVolume",) and keys not in known:
            message = "is null, but below global Helm keeps the default anyway"
            view.refuse("values/null", Violation(keys, message, "set it for each component, or omit it"))
    if view.pruned:
        view.corrected = _corrected(view, [violation for _, violation in refused])
        view.without_pruned()
    if len(view.values.documents) > 1:
        for document in view.values.documents:
            _look_alone(view, document)


def _corrected(view: ValuesView, refused: list[Violation]) -> tuple[dict[str, Any], frozenset[Keys]] | None:
    """The values with the fixes that are certain, and the rejected keys that these fix; None if that is not valid."""
    fixable = [found for found in refused if found.changes and all(change.certain for change in found.changes)]
    keys = frozenset(change.keys for violation in fixable for change in violation.changes if change.op == "move")
    keys |= frozenset(violation.keys for violation in fixable)
    try:
        values: dict[str, Any] = {}
        for document in view.values.documents:
            here = (violation for violation in fixable if violation.keys in document.places)
            edits = (change for violation in here for change in violation.changes)
            values = merge(values, changed(document.values, *edits))
    except (LookupError, TypeError):
        return None
    rest = without(values, [pruned for pruned in view.pruned if pruned not in keys])
    return (values, keys) if validator(alone=True).is_valid(rest) else None


def _look_alone(view: ValuesView, document: Document) -> None:
    """Reports what a later file replaces: another cluster that shares the file may not replace it."""
    reported = {(rule, violation.keys) for rule, refused in view.refused.items() for violation in refused}
    for rule, violation in _refused(view, document.values, document.plain, alone=True):
        place = nearest(document.places, violation.keys)
        replaced = place != view.values.place(violation.keys)
        if replaced and (f"values/{rule}", violation.keys) not in reported:
            message = f"{violation.message}; a later file replaces it in this cluster"
            view.refuse(f"values/{rule}", replace(violation, message=message, place=place))


def _refused(
    view: ValuesView, values: dict[str, Any], plain: Mapping[Keys, str], *, alone: bool = False
) -> Iterator[tuple[str, Violation]]:
    if not validator(alone).is_valid(values):
        from ai_server.checks.engine.rejected import rejected  # a lot of code, which valid values do not need

        yield from rejected(view, values, plain, alone=alone)


def _explained(violations: list[Violation]) -> set[Keys]:
    """The keys that violations explain as wrongly indented."""
    if not violations:
        return set()
    from ai_server.checks.engine.indentation import covered

    return covered(violations)
