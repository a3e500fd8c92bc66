"""A value that is of the right type, and that the API server refuses."""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.kubernetes_schemas import at
from ai_server.kube.manifests import Object, identity
from ai_server.reading.data import read_data
from ai_server.reading.profiles import Keys


@rule("kubernetes/field-value")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each field of a pod, an Ingress and a claim that is of no allowed value."""
    manifests = view.manifests
    if manifests is None:
        return
    for pod in manifests.pods():
        yield from _of(view, "pod", pod.owner, pod.spec)
    for kind, name in (("Ingress", "ingress"), ("PersistentVolumeClaim", "claim")):
        for item in manifests.of_kind(kind):
            yield from _of(view, name, item, item["spec"])


def _of(view: RenderView, name: str, owner: Object, spec: Object) -> Iterator[Violation]:
    view.count("objects against field values")
    validator, schema = _validator(name)
    if validator.is_valid(spec):
        return
    for error in validator.iter_errors(spec):
        path, told = list(error.instance_path), _told(schema, error.schema_path)
        keys = _written(view, origin(owner), spec, path)
        if view.pruned and keys == origin(owner):
            continue  # what is left of something refused already
        says, write = _words(told, error.instance)
        field = next((each for each in reversed(path) if isinstance(each, str)), name)
        message = says if field in keys[-2:] else f"{field}: {says}"
        yield Violation(
            keys, message, f"write {write}" if write else "", at=identity(owner), severity=told.get("severity")
        )


def _words(told: dict[str, Any], seen: Any) -> tuple[str, str]:
    """What is wrong with a value, and what to write, by the part of the table that says it."""
    choices = [str(each) for each in told.get("enum", []) if each]
    near = [each for each in choices if each.lower() == str(seen).lower()] or get_close_matches(str(seen), choices, n=1)
    says = told.get("says") or f"is none of {', '.join(choices)}"
    write = told.get("write") or (near[0] if near else " or ".join(choices[:2]) if len(choices) < 4 else "")
    shown = "" if isinstance(seen, dict | list) else f'"{seen}" ' if isinstance(seen, str) else f"{seen} "
    return f"{shown}{says}", write


@cache
def _validator(name: str) -> tuple[Any, Any]:
    import jsonschema_rs

    table = read_data(facts.__file__, "field_values.yaml")
    schema = {**table, "$ref": f"#/$defs/{name}"}
    return jsonschema_rs.validator_for(schema), schema


def _told(schema: Any, path: list[str | int]) -> dict[str, Any]:
    """The innermost part of the table that an error's path goes through and that says something."""
    found: dict[str, Any] = {}
    for end in range(len(path) + 1):
        part = at(schema, path[:end])
        if isinstance(part, dict) and ("says" in part or isinstance(part.get("enum"), list)):
            found = part
    return found


def _written(view: RenderView, owner: Keys, spec: Object, path: list[str | int]) -> Keys:
    """Where the user wrote the thing at a path of the spec: it, or the map that it is in, is found by what it holds."""
    values = list(_nodes(view.values.values, ()))
    for end in range(len(path), 0, -1):
        held: Any = spec
        for step in path[:end]:
            held = held[step]
        field = next(each for each in reversed(path[:end]) if isinstance(each, str))
        same = [keys for keys, value in values if value == held and held not in ({}, [])]
        if not isinstance(held, dict | list):
            named = [keys for keys in same if keys[-1] == field]
            same = named or (same if isinstance(held, str) else [])
        if same:
            same.sort(key=lambda keys: (keys[: len(owner)] != owner, keys[:1] != owner[:1], -len(keys)))
            inner = (*same[0], *path[end:])
            return next(inner[:length] for length in range(len(inner), 0, -1) if view.given(*inner[:length]))
    return owner


def _nodes(value: Any, path: Keys) -> Iterator[tuple[Keys, Any]]:
    if path:
        yield path, value
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _nodes(each, (*path, key))
