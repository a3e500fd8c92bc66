"""What the schema rejects, by the rule that it breaks."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from ai_server.checks.core.keypaths import leaves, without
from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.engine import indentation
from ai_server.checks.engine.as_map import as_model
from ai_server.checks.engine.chart_schema import chart_schema, validator
from ai_server.checks.engine.fixes import proposed
from ai_server.checks.engine.moved import with_its_value
from ai_server.checks.engine.schema_words import Plain, explained
from ai_server.checks.engine.wildcards import with_another_key
from ai_server.checks.subjects import model_paths
from ai_server.checks.subjects.odd_values import odd_value
from ai_server.reading.edit import changed, is_there
from ai_server.reading.merge import merge
from ai_server.reading.profiles import Keys, nearest
from ai_server.reading.schema_errors import SchemaError, Types, schema_errors
from ai_server.reading.yamlfile import Document

MOST_ERRORS = 10_000
"""The most errors of one file: a list of the wrong type has one for each item."""
MOST_WITH_FIXES = 1_000
"""The most errors of a file whose fixes are tried: one with more is too large to validate that often."""
MOST_TRIED = 100
"""The most errors whose fixes are tried at once: each try copies and validates all values."""


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
    known = view.pruned.keys() | indentation.covered([violation for _, violation in refused])
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
    view: ValuesView, values: dict[str, Any], plain: Plain, *, alone: bool = False
) -> Iterator[tuple[str, Violation]]:
    if validator(alone).is_valid(values):
        return
    moved = indentation.look(view)
    yield from (("misplaced-key", violation) for violation in moved if is_there(values, violation.keys))
    explained_so = indentation.covered(moved)
    errors = list(islice(schema_errors(validator(alone), chart_schema(alone), values), MOST_ERRORS))
    items = [
        (error, rule, violation)
        for error in errors
        for rule, violation in explained(plain, error)
        if explained_so.isdisjoint(violation.keys[:length] for length in range(1, len(violation.keys) + 1))
    ]
    tried = 0
    for error, rule, violation in _one_for_each_key(items):
        violation = with_another_key(violation, values)
        if rule == "bad-form" and isinstance(error.instance, str):
            violation = model_paths.corrected(view, violation, error.instance)
        elif rule == "wrong-type" and isinstance(error.wanted, Types) and "object" in error.wanted.names:
            properties = error.schema.get("properties", {})
            if error.path[-1] not in properties:  # else its indentation is wrong
                violation = as_model(view, violation, properties, error.instance)
        if tried >= MOST_TRIED or len(errors) > MOST_WITH_FIXES:
            violation = replace(violation, changes=())
        elif violation.changes:
            tried += 1
            file = _file_with(view, violation.keys)
            violation = proposed(validator(alone=True), file, with_its_value(violation, file, plain))
        yield rule, _at_secret(view, violation)


def _at_secret(view: ValuesView, violation: Violation) -> Violation:
    """A violation that would write a secret anew, at the secret itself, whose own finding counts."""
    keys = violation.keys
    if not any(change.op == "set" and change.keys == keys for change in violation.changes):
        return violation
    below = (secret for secret in view.at_secrets if len(secret) > len(keys) and secret[: len(keys)] == keys)
    return next((replace(violation, keys=secret, changes=()) for secret in below), violation)


Explained = tuple[SchemaError, str, Violation]


def _one_for_each_key(items: list[Explained]) -> Iterable[Explained]:
    """One violation for each key, if possible one with a fix. A key is not missing if it is only misspelt."""
    meant = {violation.meant for _, _, violation in items}
    kept: dict[Keys, Explained] = {}
    for error, rule, violation in items:
        before = kept.get(violation.keys)
        better = before is None or (violation.changes and not before[2].changes)
        if better and not (rule == "missing-key" and violation.keys in meant):
            kept[violation.keys] = error, rule, violation
    return kept.values()


def _file_with(view: ValuesView, keys: Keys) -> dict[str, Any]:
    """The values of the last file that has a key."""
    documents = [document for document in view.values.documents if keys in document.places]
    return documents[-1].values if documents else view.values.values
