"""Validates the objects of a cluster.yaml against Kubernetes' schemas, as far as the checks read them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from ai_server.kube.kubernetes_schemas import at, schema
from ai_server.kube.nodes import QUANTITY

Schema = dict[str, Any]
NEWEST = "1.37"
NEEDED: dict[str, dict[str, Any]] = {
    "Pod": {"spec": {"containers": {}}},
    "Deployment": {"spec": {"selector": {}}},
    "DaemonSet": {"spec": {"selector": {}}},
    "PersistentVolumeClaim": {"spec": {}},
}
"""Fields that each kind must have to be useful, as in Kubernetes itself; discover leaves out others."""
TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map of keys",
    "array": "a list",
    "null": "empty",
}
"""The types of a schema in plain words."""


@dataclass(frozen=True)
class Broken:
    """An error at a path of an object: the schema's keyword, its value, and the value in the object."""

    path: tuple[str | int, ...]
    word: str
    wanted: Any
    seen: Any

    def words(self) -> tuple[str, str]:
        """The message, and the fix."""
        where = _dotted(self.path) or "it"
        if self.word == "required":
            gone = next((key for key in self.wanted if key not in self.seen), self.wanted[0])
            return f"{where} has no {gone}", f"set {_dotted((*self.path, gone))}"
        if self.word == "pattern":
            return f'{where}: "{self.seen}" is not a valid amount', "use a form such as 128Gi, 500m or 16"
        if self.path[-2:-1] == ("taints",):
            return f'{where}: "{self.seen}" is not a valid taint', "use {key: a, value: b, effect: NoSchedule}"
        if self.word == "not":
            return f"{where} must not be null", "add its keys, or remove it"
        if self.word != "type":
            return f"{where} does not have the form that Kubernetes uses", "correct it, or remove it"
        wanted = [self.wanted] if isinstance(self.wanted, str) else self.wanted
        kinds = [TYPES[type_] for type_ in wanted if type_ in TYPES and type_ != "null"]
        shown = {None: "null", True: "true", False: "false"}.get(self.seen) if _plain(self.seen) else None
        is_ = TYPES["array"] if isinstance(self.seen, list) else TYPES["object"] if isinstance(self.seen, dict) else ""
        message = f"{where} must be {' or '.join(kinds)}, but is {is_ or shown or json.dumps(self.seen)}"
        if "text" in kinds and _plain(self.seen) and self.seen is not None:
            return message, f'quote it: "{shown or self.seen}"'
        return message, "add its keys below it" if "a map of keys" in kinds else "correct it, or remove it"


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float)


def first_error(api_version: str, item: Any) -> Broken | None:
    """The first error in an object; None for a valid one.

    Unknown fields, and fields of other Kubernetes versions, are accepted, and few fields are required.
    """
    validator = _validator(api_version, item["kind"])
    if validator.is_valid(item):
        return None
    error = next(iter(validator.iter_errors(item)))
    word = str(error.schema_path[-1])
    wanted: Any = _schema(api_version, item["kind"])
    return Broken(tuple(error.instance_path), word, at(wanted, error.schema_path), error.instance)


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
        if name.endswith(".Quantity"):
            definitions[name] = {"type": ["string", "number", "null"], "pattern": f"^({QUANTITY.pattern})$"}
    named = {"required": ["name"], "properties": {"name": {"type": "string"}}, "type": "object"}
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
