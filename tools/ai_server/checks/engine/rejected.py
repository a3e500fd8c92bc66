"""What the schema rejects in values, in words: the rule that it breaks, the key that was meant, and the fix."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

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
from ai_server.reading.edit import is_there
from ai_server.reading.profiles import Keys
from ai_server.reading.schema_errors import SchemaError, Types, schema_errors

MOST_ERRORS = 10_000
"""The most errors of one file: a list of the wrong type has one for each item."""
MOST_WITH_FIXES = 1_000
"""The most errors of a file whose fixes are tried: one with more is too large to validate that often."""
MOST_TRIED = 100
"""The most errors whose fixes are tried at once: each try copies and validates all values."""


def rejected(view: ValuesView, values: dict[str, Any], plain: Plain, *, alone: bool) -> Iterator[tuple[str, Violation]]:
    """The violations of values that the schema rejects, each with the name of its rule. alone: they are of one file."""
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
