"""What the schema rejects, by the rule that it breaks."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from ai_server.checks.core.keypaths import dotted, leaves, without
from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.engine.as_map import ENTRIES, empty_entry, misindented
from ai_server.checks.engine.fixes import as_text, fixed, glued, proposed, renamed
from ai_server.checks.engine.places import Places
from ai_server.checks.engine.unknown_keys import unknown_keys
from ai_server.checks.subjects import model_paths
from ai_server.checks.subjects.from_secret import OF_A_MODEL
from ai_server.checks.subjects.odd_values import odd_value
from ai_server.paths import CHART
from ai_server.reading.edit import Change, changed
from ai_server.reading.profiles import Keys, nearest
from ai_server.reading.schema_errors import Choices, Form, Range, SchemaError, Types, Wanted, schema_errors
from ai_server.reading.wording import describe, seen
from ai_server.reading.yamlfile import Document
from ai_server.reading.yamlscalars import scalar
from ai_server.reading.yamlscalars import written as as_written

CONTROL = re.compile("[\x07\x08\t\x0b\x0c\r]|\n(?=.)")
MOST_ERRORS = 10_000
"""The most errors of one file: a list of the wrong type has one for each item."""
MOST_TRIED = 100
"""The most errors whose fixes are tried: each try copies and validates all values."""
HELMS_OWN = {"common"}
"""Helm's key for the values of the library chart, which has none."""


def look(view: ValuesView) -> None:
    """Fills view.refused and view.pruned from the values that templates would see."""
    view.count("values", sum(1 for _ in leaves(view.merged)))
    refused = list(_refused(view, view.merged, view.values.plain))
    for rule, violation in refused:
        view.refuse(f"values/{rule}", violation)
        moved = next((change.to for change in violation.changes if change.op == "move"), ())
        view.pruned[violation.keys] = violation.meant or moved or violation.keys
    for keys, text in view.values.plain.items():
        if keys and keys not in view.pruned and (odd := odd_value(keys, text)):
            view.refuse("values/odd-character", odd)
            area = next((keys[:index] for index, key in enumerate(keys) if isinstance(key, int)), keys)
            view.pruned[area] = area
    for keys, value in leaves(view.values.values):
        if value is None and keys[:1] == ("global",) and keys[-2] != "modelsVolume" and keys not in view.pruned:
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
    keys = frozenset(violation.keys for violation in fixable)
    try:
        values = changed(view.values.values, *(change for violation in fixable for change in violation.changes))
    except (LookupError, TypeError):
        return None
    rest = without(values, [pruned for pruned in view.pruned if pruned not in keys])
    return (values, keys) if _validator(alone=True).is_valid(rest) else None


def accepts(view: ValuesView, values: dict[str, Any]) -> bool:
    """Whether the schema rejects nothing in values that it does not already reject in those of the view."""
    validator = _validator(alone=True)
    if validator.is_valid(values):
        return True
    before, after = (
        {(error.kind.name, *error.instance_path) for error in validator.iter_errors(document)}
        for document in (view.values.values, values)
    )
    return after <= before


def _look_alone(view: ValuesView, document: Document) -> None:
    """Reports what a later file replaces: another cluster that shares the file may not replace it."""
    reported = {(rule, violation.keys) for rule, refused in view.refused.items() for violation in refused}
    for rule, violation in _refused(view, document.values, document.plain, alone=True):
        place = nearest(document.places, violation.keys)
        replaced = place != view.values.place(violation.keys)
        if replaced and (f"values/{rule}", violation.keys) not in reported:
            message = f"{violation.message}; a later file replaces it in this cluster"
            view.refuse(f"values/{rule}", replace(violation, message=message, place=place))


NULL = Types(("null",))
Plain = Mapping[Keys, str]
"""The text of each scalar without quotes, as written."""


def _refused(
    view: ValuesView, values: dict[str, Any], plain: Plain, *, alone: bool = False
) -> Iterator[tuple[str, Violation]]:
    validator = _validator(alone)
    if validator.is_valid(values):
        return
    errors = list(islice(schema_errors(validator, _schema(alone), values), MOST_ERRORS))
    explained = [(error, rule, violation) for error in errors for rule, violation in _explain(plain, error)]
    for error, rule, violation in _one_for_each_key(explained):
        if rule == "bad-form" and isinstance(error.instance, str):
            violation = model_paths.corrected(view, violation, error.instance)
        elif rule == "wrong-type" and isinstance(error.wanted, Types) and "object" in error.wanted.names:
            properties = error.schema.get("properties", {})
            violation = model_paths.as_map(view, violation, properties, error.instance)
        if len(errors) > MOST_TRIED:
            violation = replace(violation, changes=())
        elif violation.changes:
            violation = proposed(_validator(alone=True), _file_with(view, violation.keys), violation)
        yield rule, violation


Explained = tuple[SchemaError, str, Violation]


def _one_for_each_key(explained: list[Explained]) -> Iterable[Explained]:
    """One violation for each key, if possible one with a fix. A key is not missing if it is only misspelt."""
    meant = {violation.meant for _, _, violation in explained}
    kept: dict[Keys, Explained] = {}
    for error, rule, violation in explained:
        before = kept.get(violation.keys)
        better = before is None or (violation.changes and not before[2].changes)
        if better and not (rule == "missing-key" and violation.keys in meant):
            kept[violation.keys] = error, rule, violation
    return kept.values()


def _file_with(view: ValuesView, keys: Keys) -> dict[str, Any]:
    """The values of the last file that has a key."""
    documents = [document for document in view.values.documents if keys in document.places]
    return documents[-1].values if documents else view.values.values


@cache
def _schema(alone: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = without_helms_own(json.loads((CHART / "values.schema.json").read_text()))
    return of_one_file(schema) if alone else schema


def editor_text() -> str:
    """The schema for editors, as docs/values.schema.json has it."""
    return json.dumps(_schema(alone=True), indent=1) + "\n"


def without_helms_own(schema: dict[str, Any]) -> dict[str, Any]:
    """The chart's schema without the global values of each component, which Helm fills in and people should not set."""
    for body in schema["$defs"].values():
        body.get("properties", {}).pop("global", None)
    return schema


def of_one_file(schema: dict[str, Any]) -> dict[str, Any]:
    """The chart's schema without required keys of ours: a file has only what differs from the defaults."""
    for part in (schema, *(body for name, body in schema["$defs"].items() if not name.startswith("io.k8s."))):
        part.pop("required", None)
    return schema


@cache
def _places() -> Places:
    return Places(_schema())


@cache
def _validator(alone: bool) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema(alone))


def _explain(plain: Plain, error: SchemaError) -> Iterator[tuple[str, Violation]]:
    path = error.path
    if error.branches:
        yield from _alternatives(plain, error)
    elif error.keyword == "additionalProperties":
        known = sorted(set(error.schema.get("properties", {})) - HELMS_OWN)
        unknown = {key: error.instance[key] for key in sorted(set(error.keys) - HELMS_OWN)}
        yield from unknown_keys(_places(), path, unknown, known)
    elif error.keyword == "required":
        [key] = error.keys
        # a null deletes the chart's default, so the key is missing
        yield ("null", _null((*path, key))) if (*path, key) in plain else ("missing-key", _missing((*path, key)))
    elif error.keys:
        yield "bad-form", _bad_name(error)
    elif error.keyword == "type" and error.instance is None:
        yield "null", _null(path)
    else:
        yield _wrong_value(plain, error, error.wanted)


def _null(path: Keys) -> Violation:
    if len(path) == 3 and path[1] in ENTRIES:
        return empty_entry(path)
    null = Violation(path, "is null, which deletes the default").remove(certain=False)
    return replace(null, fix="omit the key to keep the default, or set a value")


def _missing(path: Keys) -> Violation:
    return Violation(path, f"{path[-1]} is missing", f"add {path[-1]}: to {dotted(path[:-1])}")


def _bad_name(error: SchemaError) -> Violation:
    [name] = error.keys
    keys, message = (*error.path, name), f'"{name}" is not {describe(error.wanted)}'
    right = renamed(error.wanted, name)
    if not right:
        return fixed(Violation(keys, message), error.wanted, name)
    rename = Violation(keys, message).move((*error.path, right))
    if error.path[1:] == ("nodes",) and "." in name:
        # an entry is the name of its node, unless it has one
        node = Change("set", (*error.path, right, "node"), name.lower())
        fix = f"{rename.fix}, with the node's full name in node: {name.lower()}"
        return replace(rename, fix=fix, changes=(*rename.changes, node))
    return rename


def _alternatives(plain: Plain, error: SchemaError) -> Iterator[tuple[str, Violation]]:
    """Of several allowed forms: the one that the value is closest to, or all of them if it is close to none."""
    deeper = [
        below
        for below in error.branches
        if len(below.path) > len(error.path) or below.keyword == "additionalProperties"
    ]
    if any(below.wanted == NULL for below in error.branches):
        # null is not what was meant
        for below in error.branches:
            yield from _explain(plain, below) if below.wanted != NULL else ()
        return
    # the type is right, but something else is not
    of_right_type = [below for below in error.branches if below.keyword != "type"]
    if deeper:
        for below in deeper:
            yield from _explain(plain, below)
    elif error.instance is None:
        yield "null", _null(error.path)
    elif of_right_type:
        yield _wrong_value(plain, of_right_type[0], of_right_type[0].wanted)
    else:
        yield _wrong_value(plain, error, error.wanted)


def _cause(path: Keys, value: str, text: str, error: SchemaError) -> tuple[str, Violation] | None:
    """What makes a text invalid, if that is how it is written; text: as in the file without quotes, or ""."""
    if path and (odd := odd_value(path, text)):
        if odd.changes and error.keyword == "type" and "string" not in error.schema["type"]:
            odd = odd.use(scalar(odd.changes[0].value), certain=odd.changes[0].certain)
        return "odd-character", odd
    if not text and (control := CONTROL.search(value)):
        message = f"YAML reads {json.dumps(control[0])[1:-1]} in double quotes as one character"
        return "yaml-surprise", Violation(path, message, "use / between folders, without quotes")
    known = {*error.schema.get("properties", ()), *_places().locations} if error.schema.get("type") == "object" else ()
    keys = glued(Violation(path, ""), value, known)
    return ("wrong-type", keys) if keys else None


RULES: dict[type[Wanted], str] = {Range: "out-of-range", Form: "bad-form", Choices: "not-allowed"}


def _wrong_value(plain: Plain, error: SchemaError, wanted: Wanted) -> tuple[str, Violation]:
    """A scalar, list or map that is invalid; the rule depends on the text in the file."""
    path, value, text = error.path, error.instance, plain.get(error.path, "")
    if isinstance(value, str) and (rule_and_cause := _cause(path, value, text, error)):
        return rule_and_cause
    a_scalar = isinstance(value, bool | int | float)
    message = f"must be {describe(wanted)}, but is {seen(value)}"
    if a_scalar and text not in ("", as_written(value)):
        message = f"must be {describe(wanted)}, but YAML reads {text} as {seen(value)}"
    if a_scalar and isinstance(wanted, Types) and "string" in wanted.names:
        unit = error.schema.get("x-unit", "")
        return "yaml-surprise", as_text(Violation(path, message), text or as_written(value), unit)
    if isinstance(value, str) and {"name", "key"} == error.schema.get("properties", {}).keys():
        return "wrong-type", Violation(path, message, f"use {OF_A_MODEL}: a Secret, and the key in it")
    if len(path) == 3 and path[1] in ENTRIES and path[2] in error.schema.get("properties", ()):
        return "wrong-type", misindented(path, plain)
    violation = fixed(Violation(path, message), wanted, value)
    if "x-ask" in error.schema and not violation.changes:
        violation = replace(violation, fix=f"use {error.schema['x-ask']}")
    return RULES.get(type(wanted), "wrong-type"), violation
