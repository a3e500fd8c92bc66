"""values/unknown-key, values/wrong-type, values/not-allowed, values/missing: what the schema refuses, in words."""

import difflib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from ai_server.checks.findings import Context, Finding, dotted
from ai_server.paths import CHART
from ai_server.profiles import Keys

WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map of keys",
    "array": "a list",
    "null": "empty",
}


def check(context: Context) -> Iterator[Finding]:
    """A finding for each mistake; the values are those that templates would see."""
    context.count("values", sum(1 for _ in _leaves(context.merged)))
    if _fast().is_valid(context.merged):
        return
    for error in _validator().iter_errors(context.merged):
        yield from _explain(context, error)


def _leaves(value: Any) -> Iterator[Any]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield value
    for item in items:
        yield from _leaves(item)


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
    return schema


@cache
def _fast() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema())


@cache
def _validator() -> Any:
    from jsonschema import Draft7Validator

    return Draft7Validator(_schema())


def _explain(context: Context, error: Any) -> Iterator[Finding]:
    path: Keys = tuple(error.absolute_path)
    if error.validator in ("anyOf", "oneOf") and error.context:
        yield from _branches(context, error)
    elif error.validator == "additionalProperties":
        yield from _unknown(context, error, path)
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        for key in missing:
            fix = "leave the key out to keep the default, or write a value"
            yield context.finding("values/missing", (*path, key), "is null, which deletes the default", fix)
    elif "propertyNames" in error.absolute_schema_path:
        message = f"{error.instance!r} is not {_pattern_words(error)}"
        yield context.finding("values/not-allowed", (*path, str(error.instance)), message.replace("'", '"'))
    else:
        rule = "values/wrong-type" if error.validator == "type" else "values/not-allowed"
        wanted = _wanted(error)
        yield context.finding(rule, path, f"must be {wanted}, this is {_seen(error.instance)}", _yaml_trap(error))


def _branches(context: Context, error: Any) -> Iterator[Finding]:
    """Of several allowed forms: the one that the value is closest to, or all of them when it is close to none."""
    path: Keys = tuple(error.absolute_path)
    deeper = [each for each in error.context or [] if len(each.path) > 0 or each.validator == "additionalProperties"]
    if deeper:
        for each in deeper:
            yield from _explain(context, each)
        return
    wanted = " or ".join(dict.fromkeys(_wanted(each) for each in error.context or []))
    yield context.finding("values/wrong-type", path, f"must be {wanted}, this is {_seen(error.instance)}")


def _unknown(context: Context, error: Any, path: Keys) -> Iterator[Finding]:
    known = sorted(error.schema.get("properties", {}))
    for key in sorted(set(error.instance) - set(known)):
        near = difflib.get_close_matches(key, known, n=1) or [each for each in known if each.lower() == key.lower()]
        message = f"unknown key; did you mean {near[0]}?" if near else "unknown key"
        fix = f"write {near[0]}" if near else f"keys of {dotted(path) or 'the file'}: {', '.join(known)}"
        yield context.finding("values/unknown-key", (*path, key), message, fix)


def _wanted(error: Any) -> str:
    value: Any = error.validator_value
    match error.validator:
        case "type":
            return " or ".join(WORDS[each] for each in ([value] if isinstance(value, str) else value))
        case "enum":
            return _one_of(value)
        case "const":
            return json.dumps(value)
        case "minimum":
            return f"at least {value}"
        case "maximum":
            return f"at most {value}"
        case "pattern":
            return _pattern_words(error)
        case _:
            return f"what its description says: {error.schema.get('description', error.validator)}"


def _pattern_words(error: Any) -> str:
    words: str = error.schema.get("patternErrorMessage") or error.schema.get("description") or "of the right form"
    return words


def _one_of(values: Iterable[Any]) -> str:
    shown = [json.dumps(each) if each == "" else str(each) for each in values]
    return shown[0] if len(shown) == 1 else f"one of {', '.join(shown)}"


def _seen(instance: Any) -> str:
    if instance is None:
        return "empty (null)"
    if isinstance(instance, bool):
        return str(instance).lower()
    if isinstance(instance, str):
        return f'the text "{instance[:60]}"'
    if isinstance(instance, dict | list):
        return WORDS["object" if isinstance(instance, dict) else "array"]
    return str(instance)


def _yaml_trap(error: Any) -> str:
    if isinstance(error.instance, bool) and error.validator == "type":
        return "YAML reads on, off, yes, no, y and n as true or false: put the word in quotes if you meant it"
    if isinstance(error.instance, int | float) and error.validator_value == "string":
        return "put it in quotes: YAML reads it as a number"
    if isinstance(error.instance, str) and error.validator_value in ("integer", "number", "boolean"):
        return "write it without quotes and units"
    if error.instance is None:
        return "write a value, or leave the key out"
    return ""
