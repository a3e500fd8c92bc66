"""What the schema refuses, sorted by the rule whose words say it."""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from ai_server.checks.engine import words
from ai_server.checks.engine.keypaths import dotted, leaves
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.views import ValuesView
from ai_server.checks.subjects import model_paths
from ai_server.checks.subjects.from_secret import OF_A_MODEL
from ai_server.near import nearest as nearest_name
from ai_server.paths import CHART
from ai_server.reading.profiles import Keys, nearest
from ai_server.reading.yamlfile import Document

MOST_ERRORS = 10_000
"""Of one file: a list of numbers where texts belong has as many as it has items."""
MOST_GUESSED = 100
"""Unknown keys of one map for which the key that was meant is looked for: with more, the file is for something else."""
HELMS_OWN = {"common"}
"""Helm's place for the library chart's values, of which it has none."""


def look(view: ValuesView) -> None:
    """Fills context.refused and context.pruned; the values are those that templates would see."""
    view.count("values", sum(1 for _ in leaves(view.merged)))
    for rule, found in _refused(view, view.merged, view.values.plain):
        view.refuse(f"values/{rule}", found)
        view.pruned[found.keys] = found.meant or found.keys
    for keys, value in leaves(view.values.values):
        if value is None and keys[:1] == ("global",) and keys not in view.pruned:
            message = "is null, and below global Helm keeps the default all the same"
            view.refuse("values/null", Violation(keys, message, "write it at each component, or leave it out"))
    if view.pruned:
        view.without_pruned()
    if len(view.values.documents) > 1:
        for document in view.values.documents:
            _look_alone(view, document)


def _look_alone(view: ValuesView, document: Document) -> None:
    """What a later file replaces is wrong all the same: the next cluster that shares the file may not replace it."""
    told = {(rule, found.keys) for rule, refused in view.refused.items() for found in refused}
    for rule, found in _refused(view, document.values, document.plain, alone=True):
        replaced = nearest(document.places, found.keys) != view.values.place(found.keys)
        if replaced and (f"values/{rule}", found.keys) not in told:
            message = f"{found.message}; a later file replaces it, in this cluster"
            place = nearest(document.places, found.keys)
            view.refuse(f"values/{rule}", replace(found, message=message, place=place))


Plain = Mapping[Keys, str]
"""The text of each scalar without quotes, as it was written."""


def _refused(
    view: ValuesView, values: dict[str, Any], plain: Plain, *, alone: bool = False
) -> Iterator[tuple[str, Violation]]:
    if not _fast(alone).is_valid(values):
        for error in islice(_validator(alone).iter_errors(values), MOST_ERRORS):
            for rule, found in _explain(plain, error):
                of_a_model = rule == "bad-form" and isinstance(error.instance, str) and model_paths.kind(found.keys)
                fix = model_paths.below(view, found.keys, error.instance) if of_a_model else found.fix
                yield rule, replace(found, fix=fix)


@cache
def _schema(alone: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
    return of_one_file(schema) if alone else schema


def of_one_file(schema: dict[str, Any]) -> dict[str, Any]:
    """The chart's schema, changed so that no key of ours has to be there: a file holds only what differs."""
    for part in (schema, *(body for name, body in schema["$defs"].items() if not name.startswith("io.k8s."))):
        part.pop("required", None)
    return schema


@cache
def _fast(alone: bool) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema(alone))


@cache
def _validator(alone: bool) -> Any:
    from jsonschema import Draft7Validator

    return Draft7Validator(_schema(alone))


def _explain(plain: Plain, error: Any) -> Iterator[tuple[str, Violation]]:
    path: Keys = tuple(error.absolute_path)
    if error.validator in ("anyOf", "oneOf") and error.context:
        yield from _branches(plain, error)
    elif error.validator == "additionalProperties":
        yield from _unknown(error, path)
    elif error.validator == "required":
        for key in [key for key in error.validator_value if key not in error.instance]:
            # a null deletes the chart's default, and then the key is missing
            yield ("null", _null((*path, key))) if (*path, key) in plain else ("missing-key", _missing((*path, key)))
    elif "propertyNames" in error.absolute_schema_path:
        name, wanted = str(error.instance), words.wanted(error)
        fix = words.of_form(str(error.validator_value), name, wanted)
        if path[1:] == ("nodes",) and "." in name:
            fix += f", with the node's full name in node: {name.lower()}"
        yield "bad-form", Violation((*path, name), f'"{name}" is not {wanted}', fix)
    elif error.validator == "type" and error.instance is None:
        yield "null", _null(path)
    else:
        yield _of_value(plain, path, error, error.validator, words.wanted(error))


def _null(path: Keys) -> Violation:
    return Violation(
        path, "is null, which deletes the default", "leave the key out to keep the default, or write a value"
    )


def _missing(path: Keys) -> Violation:
    return Violation(path, f"{path[-1]} is missing", f"add {path[-1]}: to {dotted(path[:-1])}")


def _of_value(plain: Plain, path: Keys, error: Any, validator: str, wanted: str) -> tuple[str, Violation]:
    """A scalar, list or map that is of the wrong kind: the rule depends on what the file's own text was."""
    seen, written = error.instance, plain.get(path, "")
    message = f"must be {wanted}, this is {words.seen(seen)}"
    if isinstance(seen, bool | int | float) and written not in ("", words.seen(seen)):
        message = f"must be {wanted}, and YAML reads {written} as {words.seen(seen)}"
    if validator in ("type", "anyOf") and isinstance(seen, bool | int | float) and "text" in wanted.split():
        return "yaml-surprise", Violation(path, message, _as_text(written or words.seen(seen), error.schema))
    if validator in ("minimum", "maximum"):
        return "out-of-range", Violation(path, message, words.in_range(error.schema))
    if validator == "pattern":
        return "bad-form", Violation(path, message, words.of_form(error.validator_value, seen, wanted))
    if validator in ("enum", "const"):
        return "not-allowed", Violation(path, message, words.nearest(wanted, seen))
    if isinstance(seen, str) and {"name", "key"} == error.schema.get("properties", {}).keys():
        return "wrong-type", Violation(path, message, f"write {OF_A_MODEL}: a Secret, and the key in it")
    return "wrong-type", Violation(path, message, words.how_to_write(wanted, seen))


def _as_text(written: str, schema: Mapping[str, Any]) -> str:
    if "amount of memory" in schema.get("patternErrorMessage", ""):
        return f"write {written}Gi: without a unit it would be bytes"
    return f'put it in quotes: "{written}"'


def _branches(plain: Plain, error: Any) -> Iterator[tuple[str, Violation]]:
    """Of several allowed forms: the one that the value is closest to, or all of them when it is close to none."""
    path: Keys = tuple(error.absolute_path)
    deeper = [each for each in error.context or [] if len(each.path) > 0 or each.validator == "additionalProperties"]
    if deeper:
        for each in deeper:
            yield from _explain(plain, each)
        return
    if error.instance is None:
        yield "null", _null(path)
        return
    of_type = [each for each in error.context if each.validator != "type"]
    if of_type:
        # the type is right, and something else is not
        yield _of_value(plain, path, of_type[0], of_type[0].validator, words.wanted(of_type[0]))
        return
    wanted = " or ".join(dict.fromkeys(words.wanted(each) for each in error.context or []))
    yield _of_value(plain, path, error, "anyOf", wanted)


def _unknown(error: Any, path: Keys) -> Iterator[tuple[str, Violation]]:
    known = sorted(set(error.schema.get("properties", {})) - HELMS_OWN)
    unknown = sorted(set(error.instance) - set(known) - HELMS_OWN)
    for key in unknown[:MOST_GUESSED]:
        yield _unknown_key((*path, key), str(key), known)
    for key in unknown[MOST_GUESSED:]:
        yield "unknown-key", Violation((*path, key), "unknown key", _keys_of(path, known))


def _keys_of(path: Keys, known: list[str]) -> str:
    return f"keys of {dotted(path) or 'the file'}: {', '.join(known)}"


def _unknown_key(path: Keys, key: str, known: list[str]) -> tuple[str, Violation]:
    renamed = words.renamed(path)
    if renamed:
        return "renamed-key", Violation(path, *renamed)
    first, dot, rest = key.partition(".")
    if dot and first in known:
        return "unknown-key", Violation(
            path, "a dot does not lead into a section", f"write {first}: and below it {rest}:"
        )
    # letters that changed places, modle for model, count for more than a letter too few
    near = [each for each in known if sorted(each.lower()) == sorted(key.lower())]
    near = near or [each for each in [nearest_name(key, known)] if each]
    elsewhere = words.elsewhere(_schema(), path)
    if elsewhere and (not near or difflib.SequenceMatcher(None, key, near[0]).ratio() < 0.85):
        message = f"unknown key here; it belongs to {elsewhere}"
        return "misplaced-key", Violation(path, message, f"move it to {elsewhere}", meant=tuple(elsewhere.split(".")))
    if near:
        meant = (*path[:-1], near[0])
        return "unknown-key", Violation(path, f"unknown key; did you mean {near[0]}?", f"write {near[0]}", meant=meant)
    return "unknown-key", Violation(path, "unknown key", _keys_of(path[:-1], known))
