"""What the schema refuses, sorted by the rule whose words say it."""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from ai_server.checks import words
from ai_server.checks.findings import Context, Found, dotted, leaves
from ai_server.paths import CHART
from ai_server.profiles import Keys, nearest
from ai_server.yamlfile import Document


def look(context: Context) -> None:
    """Fills context.refused and context.pruned; the values are those that templates would see."""
    context.count("values", sum(1 for _ in leaves(context.merged)))
    for rule, found in _refused(context.merged, context.values.plain):
        context.refuse(f"values/{rule}", found)
        context.pruned.append(found.keys)
    for keys, value in leaves(context.values.values):
        if value is None and keys[:1] == ("global",) and keys not in context.pruned:
            message = "is null, and below global Helm keeps the default all the same"
            context.refuse("values/null", Found(keys, message, "write it at each component, or leave it out"))
    if context.pruned:
        vars(context).pop("merged")
    if len(context.values.documents) > 1:
        for document in context.values.documents:
            _look_alone(context, document)


def _look_alone(context: Context, document: Document) -> None:
    """What a later file replaces is wrong all the same: the next cluster that shares the file may not replace it."""
    told = {(rule, found.keys) for rule, refused in context.refused.items() for found in refused}
    for rule, found in _refused(document.values, document.plain, alone=True):
        replaced = nearest(document.places, found.keys) != context.values.place(found.keys)
        if replaced and (f"values/{rule}", found.keys) not in told:
            message = f"{found.message}; a later file replaces it, in this cluster"
            place = nearest(document.places, found.keys)
            context.refuse(f"values/{rule}", replace(found, message=message, place=place))


Plain = Mapping[Keys, str]
"""The text of each scalar without quotes, as it was written."""


def _refused(values: dict[str, Any], plain: Plain, *, alone: bool = False) -> Iterator[tuple[str, Found]]:
    if not _fast(alone).is_valid(values):
        for error in _validator(alone).iter_errors(values):
            yield from _explain(plain, error)


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


def _explain(plain: Plain, error: Any) -> Iterator[tuple[str, Found]]:
    path: Keys = tuple(error.absolute_path)
    if error.validator in ("anyOf", "oneOf") and error.context:
        yield from _branches(plain, error)
    elif error.validator == "additionalProperties":
        yield from _unknown(error, path)
    elif error.validator == "required":
        for key in [key for key in error.validator_value if key not in error.instance]:
            yield "null", _null((*path, key))
    elif "propertyNames" in error.absolute_schema_path:
        yield "bad-form", Found((*path, str(error.instance)), f'"{error.instance}" is not {words.wanted(error)}')
    elif error.validator == "type" and error.instance is None:
        yield "null", _null(path)
    else:
        yield _of_value(plain, path, error.validator, words.wanted(error), error.instance)


def _null(path: Keys) -> Found:
    return Found(path, "is null, which deletes the default", "leave the key out to keep the default, or write a value")


def _of_value(plain: Plain, path: Keys, validator: str, wanted: str, seen: Any) -> tuple[str, Found]:
    """A scalar, list or map that is of the wrong kind: the rule depends on what the file's own text was."""
    written = plain.get(path, "")
    message = f"must be {wanted}, this is {words.seen(seen)}"
    if isinstance(seen, bool | int | float) and written not in ("", words.seen(seen)):
        message = f"must be {wanted}, and YAML reads {written} as {words.seen(seen)}"
    if validator in ("type", "anyOf") and isinstance(seen, bool | int | float) and "text" in wanted.split():
        return "yaml-surprise", Found(path, message, f'put it in quotes: "{written or words.seen(seen)}"')
    if validator in ("minimum", "maximum"):
        return "out-of-range", Found(path, message, "")
    if validator == "pattern":
        return "bad-form", Found(path, f"must be {wanted}, this is {words.seen(seen)}")
    if validator in ("enum", "const"):
        return "not-allowed", Found(path, message, words.nearest(wanted, seen))
    return "wrong-type", Found(path, message, words.how_to_write(wanted, seen))


def _branches(plain: Plain, error: Any) -> Iterator[tuple[str, Found]]:
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
        yield _of_value(plain, path, of_type[0].validator, words.wanted(of_type[0]), error.instance)
        return
    wanted = " or ".join(dict.fromkeys(words.wanted(each) for each in error.context or []))
    yield _of_value(plain, path, "anyOf", wanted, error.instance)


def _unknown(error: Any, path: Keys) -> Iterator[tuple[str, Found]]:
    known = sorted(error.schema.get("properties", {}))
    for key in sorted(set(error.instance) - set(known)):
        yield _unknown_key((*path, key), str(key), known)


def _unknown_key(path: Keys, key: str, known: list[str]) -> tuple[str, Found]:
    renamed = words.renamed(path)
    if renamed:
        return "renamed-key", Found(path, *renamed)
    near = [each for each in known if each.lower() == key.lower()] or difflib.get_close_matches(key, known, n=1)
    elsewhere = words.elsewhere(_schema(), path)
    if elsewhere and (not near or difflib.SequenceMatcher(None, key, near[0]).ratio() < 0.85):
        return "misplaced-key", Found(path, f"unknown key here; it belongs to {elsewhere}", f"move it to {elsewhere}")
    message = f"unknown key; did you mean {near[0]}?" if near else "unknown key"
    fix = f"write {near[0]}" if near else f"keys of {dotted(path[:-1]) or 'the file'}: {', '.join(known)}"
    return "unknown-key", Found(path, message, fix)
