"""Validates the objects of a cluster.yaml against Kubernetes' schemas, as far as the checks read them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from ai_server.kube.kubernetes_schemas import schema
from ai_server.kube.names import DOMAIN
from ai_server.kube.nodes import QUANTITY
from ai_server.reading.profiles import dotted
from ai_server.reading.schema_errors import Form, SchemaError, Types, schema_errors
from ai_server.reading.wording import short, types
from ai_server.reading.yamlscalars import written

Schema = dict[str, Any]
NEWEST = "1.37"
NEEDED: dict[str, dict[str, Any]] = {
    "Pod": {"spec": {"containers": {}}},
    "Deployment": {"spec": {"selector": {}}},
    "DaemonSet": {"spec": {"selector": {}}},
    "PersistentVolumeClaim": {"spec": {}},
}
"""Fields that each kind must have to be useful, as in Kubernetes itself; discover leaves out others."""

VALUE = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
KEY = {"type": "string", "pattern": f"^({DOMAIN.pattern}/)?{VALUE}$"}
OR_EMPTY = {"type": ["string", "null"], "pattern": f"^({VALUE})?$"}
EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
FORMS = {
    "name": "lower-case letters, digits, - and .",
    "label": "domain/name or name",
    "label value": "at most 63 letters, digits, -, _ and .",
    "effect": ", ".join(EFFECTS[:2]) + f" or {EFFECTS[2]}",
}
"""What the API server checks in addition to the schema, in words."""


def first_error(api_version: str, item: Any) -> SchemaError | None:
    """The first error in an object; None for a valid one.

    Unknown fields, and fields of other Kubernetes versions, are accepted, and few fields are required.
    """
    validator = _validator(api_version, item["kind"])
    if validator.is_valid(item):
        return None
    return next(schema_errors(validator, _schema(api_version, item["kind"]), item))


def words(error: SchemaError) -> tuple[str, str]:
    """The message, and the fix."""
    path, value = error.path, error.instance
    where = dotted(path) or "it"
    if error.keyword in ("pattern", "enum", "propertyNames") and (form := _form(path)):
        wrong = error.keys[0] if error.keys else value
        return f'{where}: "{wrong}" is not a valid {form}, so no cluster has it', f"use {FORMS[form]}"
    match error.wanted:
        case Form():
            return f'{where}: "{value}" is not a valid amount', "use a form such as 128Gi, 500m or 16"
        case _ if error.keyword == "required":
            return f"{where} has no {error.keys[0]}", f"set {dotted((*path, error.keys[0]))}"
        case _ if path[-2:-1] == ("taints",):
            return f'{where}: "{value}" is not a valid taint', "use {key: a, value: b, effect: NoSchedule}"
        case _ if error.keyword == "not":
            return f"{where} must not be null", "add its keys, or remove it"
        case Types(names) if error.keyword == "type":
            return _of_type(where, [name for name in names if name != "null"], value)
    return f"{where} does not have the form that Kubernetes uses", "correct it, or remove it"


def _form(path: tuple[str | int, ...]) -> str:
    """What a text at a path is, if it has one of the forms; "" for others."""
    if path == ("metadata", "name"):
        return "name"
    if "labels" in path:
        return "label" if path[-1] == "labels" else "label value"
    return (
        {"key": "label", "value": "label value", "effect": "effect"}.get(str(path[-1]), "") if "taints" in path else ""
    )


def _of_type(where: str, names: list[str], value: Any) -> tuple[str, str]:
    message = f"{where} must be {types(names)}, but is {short(value)}"
    if "string" in names and isinstance(value, bool | int | float):
        return message, f'quote it: "{written(value)}"'
    return message, "add its keys below it" if "object" in names else "correct it, or remove it"


@cache
def _validator(api_version: str, kind: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema(api_version, kind))


@cache
def _schema(api_version: str, kind: str) -> Schema:
    """Kubernetes' schema of a kind, made lenient: unknown fields are accepted, only NEEDED and the parts of a taint are
    required, and an amount must have the form that Kubernetes reads.
    """
    whole = schema(NEWEST, api_version, kind)
    assert whole is not None
    for part in (whole, *whole["$defs"].values()):
        for subschema in _parts(part):
            for word in ("required", "enum", "$id"):
                if not isinstance(subschema.get(word), dict):
                    subschema.pop(word, None)
            if subschema.get("additionalProperties") is False:
                del subschema["additionalProperties"]
            if isinstance(subschema.get("items"), dict):
                subschema["items"] = {"allOf": [subschema["items"], {"not": {"type": "null"}}]}
    definitions: dict[str, Schema] = whole["$defs"]
    for name, body in definitions.items():
        if name.endswith(".Taint"):
            body["required"] = ["key", "effect"]
            body["properties"] |= {"key": KEY, "value": OR_EMPTY, "effect": {"type": "string", "enum": EFFECTS}}
        if name.endswith(".ObjectMeta"):
            labels = {"type": ["object", "null"], "propertyNames": KEY, "additionalProperties": OR_EMPTY}
            body["properties"] |= {"labels": labels}
        if name.endswith(".Quantity"):
            definitions[name] = {"type": ["string", "number", "null"], "pattern": f"^({QUANTITY.pattern})$"}
    name_of = {"type": "string", "pattern": f"^{DOMAIN.pattern}$"} if kind == "Node" else {"type": "string"}
    named = {"required": ["name"], "properties": {"name": name_of}, "type": "object"}
    there: dict[str, Schema] = {
        "metadata": named,
        **{key: _needed(below) for key, below in NEEDED.get(kind, {}).items()},
    }
    return {"$defs": definitions, "required": sorted(there), "properties": there, "allOf": [whole]}


def _needed(below: dict[str, Any]) -> Schema:
    if not below:
        return {"not": {"type": "null"}}
    parts = {key: _needed(fields) for key, fields in below.items()}
    return {"type": "object", "required": sorted(below), "properties": parts}


def _parts(node: Any) -> Iterator[Schema]:
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key != "$defs":
                yield from _parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _parts(value)
