"""Generates values.schema.json from the typed models: no unknown keys, self-contained, without nulls."""

from collections.abc import Callable
from typing import Any

from ai_server.checks.engine.chart_schema import of_one_file, without_helms_own
from ai_server.generate.kubernetes import kubernetes_definitions
from ai_server.values.base import Section

Schema = dict[str, Any]
KUBERNETES = "1.36"
"""The version whose definitions are embedded, for tolerations, volumes and the like."""

DEFINITIONS = "#/$defs/"
PARTIAL = ".partial"
VOLUME = "io.k8s.api.core.v1.Volume"


def values_schema(model: type[Section]) -> Schema:
    """The JSON schema (draft 7) of a model, with everything it refers to in its own $defs.

    Keys of fixed objects are required, so that a null, with which Helm deletes the key, is rejected. Keys of entries
    (nodes, models) and of partial sections are optional: the others come from the section above.
    """
    schema = model.model_json_schema(mode="serialization")
    definitions: Schema = schema.pop("$defs")
    root = _tidy(schema)
    result: Schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": "Generated from tools/ai_server/values by `ai-server generate`.",
        **root,
    }
    result["$defs"] = _collect(root, {name: _tidy(body) for name, body in definitions.items()})
    return result


def editor_schema(model: type[Section]) -> Schema:
    """The schema for editors, with the keys that people set, none of them required: a values file only has what differs
    from the defaults.
    """
    return of_one_file(without_helms_own(values_schema(model)))


def _tidy(node: Any) -> Any:
    """Pydantic's schema in the form that suits Helm and editors best."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "x-kubernetes" in node:
        return {"$ref": DEFINITIONS + node["x-kubernetes"]} | _described(node)
    patterned = node.get("patternProperties")
    if patterned:
        # One pattern per map: as propertyNames, an error is reported at the key, and unknown keys are found.
        ((pattern, body),) = patterned.items()
        names = {"pattern": pattern, **node.get("propertyNames", {})}
        node = {**node, "propertyNames": names, "additionalProperties": body}
        del node["patternProperties"]
    if isinstance(node.get("additionalProperties"), dict):
        node = {**node, "additionalProperties": _partial(node["additionalProperties"])}
    if node.get("x-partial"):
        node = _partial({key: value for key, value in node.items() if key != "x-partial"})
    noise = {"title", "default"} if isinstance(node.get("default"), dict | list) else {"title"}
    tidied = {key: _tidy(value) for key, value in node.items() if key not in noise or key == "properties"}
    if isinstance(tidied.get("description"), str):
        tidied["description"] = " ".join(tidied["description"].split())
    if "properties" in tidied:
        tidied["properties"] = {key: _tidy(value) for key, value in node["properties"].items()}
        filled = [key for key, body in tidied["properties"].items() if body.pop("x-filled-by-helm", False)]
        if "required" in tidied:
            tidied["required"] = [key for key in tidied["required"] if key not in filled]
    return tidied


def _described(node: Schema) -> Schema:
    return {"description": node["description"]} if "description" in node else {}


def _partial(node: Schema) -> Schema:
    """The schema, with a reference to the definition whose keys are optional."""
    reference = node.get("$ref", "")
    if not reference or ".k8s." in reference or reference.endswith(PARTIAL):
        return node
    return {**node, "$ref": reference + PARTIAL}


def _collect(root: Schema, definitions: Schema) -> Schema:
    """All definitions that root refers to: the models' own, their partial forms, and Kubernetes'."""
    reached: Schema = {}
    waiting = _references(root)
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        if name.startswith("io.k8s."):
            reached[name] = _of_kubernetes(name)
        elif name.endswith(PARTIAL):
            reached[name] = _optional(definitions[name.removesuffix(PARTIAL)])
        else:
            reached[name] = definitions[name]
        waiting |= _references(reached[name])
    return dict(sorted(reached.items()))


def _of_kubernetes(name: str) -> Schema:
    """A definition of Kubernetes; its schemas have a VolumeSource only as a Volume, which also has a name.

    A source may be null, with which a second values file removes that of the first.
    """
    if name == f"{VOLUME}Source":
        volume, null = _of_kubernetes(VOLUME), {"type": "null"}
        sources = {key: {"anyOf": [body, null]} for key, body in volume["properties"].items() if key != "name"}
        return {**{key: body for key, body in volume.items() if key != "required"}, "properties": sources}
    definition: Schema = _without_nulls(kubernetes_definitions(KUBERNETES)[name])
    return definition


def _optional(definition: Schema) -> Any:
    """A definition without required keys and defaults, including the sections in it."""

    def change(node: Schema) -> Schema:
        return _partial({key: value for key, value in node.items() if key not in ("default", "required")})

    return _map(definition, change)


def _map(node: Any, change: Callable[[Schema], Schema]) -> Any:
    if isinstance(node, list):
        return [_map(item, change) for item in node]
    if not isinstance(node, dict):
        return node
    changed = change(node)
    return {
        key: (
            {name: _map(body, change) for name, body in value.items()} if key == "properties" else _map(value, change)
        )
        for key, value in changed.items()
    }


def _references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*(_references(item) for item in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own_reference = {node["$ref"].removeprefix(DEFINITIONS)} if isinstance(node.get("$ref"), str) else set()
    return own_reference.union(*(_references(value) for value in node.values()))


def _without_nulls(node: Any) -> Any:
    """A Kubernetes definition without its descriptions (50 KB), and without the null that each type allows."""
    if isinstance(node, list):
        return [_without_nulls(item) for item in node]
    if not isinstance(node, dict):
        return node
    result: Schema = {}
    for key, value in node.items():
        if key == "properties":
            result[key] = {name: _without_nulls(body) for name, body in value.items()}
        elif key == "type" and isinstance(value, list):
            types = [kind for kind in value if kind != "null"]
            result[key] = types[0] if len(types) == 1 else types
        elif key not in ("description", "format") and not key.startswith("x-kubernetes"):
            result[key] = _without_nulls(value)
    return result
