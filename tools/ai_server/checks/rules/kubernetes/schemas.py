"""Objects that the API server rejects because of their form."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from operator import getitem
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.extra_objects import NEEDS_SPEC
from ai_server.checks.subjects.per import per_unchecked_object
from ai_server.checks.subjects.pods import ObjectSubject, objects, pods
from ai_server.checks.subjects.subject import Subject
from ai_server.kube.kubernetes_schemas import knows, validator, versions_of
from ai_server.kube.kubeversion import minor
from ai_server.kube.manifests import Object
from ai_server.near import choice as nearest_choice
from ai_server.reading.wording import short

CUSTOM_API = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+/[a-z][-a-z0-9]*")
"""The API version of a custom resource: its group is a domain."""
CUSTOM_KIND = re.compile(r"[A-Za-z][-A-Za-z0-9]*")


@rule("kubernetes/removed-api")
@per_unchecked_object
def versions(item: ObjectSubject) -> Iterator[Violation]:
    """Looks for the kind in the chosen version of Kubernetes."""
    version, kind, api = minor(item.view.kube_version), item.object["kind"], item.object["apiVersion"]
    if validator(version, api, kind) is None and knows(api, kind):
        others = " or ".join(versions_of(version, kind))
        fix = f"use apiVersion: {others}" if item.extra and others else ""
        yield Violation(item.key, f"{item.identity}: Kubernetes {version} has no {kind} in {api}", fix)
    elif item.extra and (field := _unknown(api, kind)):
        unknown = Violation(
            item.place(field), f"{item.identity}: Kubernetes has no {kind} in {api}", "see kubectl api-resources"
        )
        near = nearest_choice(kind, facts.table("kinds").get(api, ()))
        yield unknown.use(near, certain=False) if near else unknown


def _unknown(api: str, kind: str) -> str:
    """The field that names nothing: kind or apiVersion; "" if there is such a kind, or may be a custom one."""
    kinds = facts.table("kinds")
    if knows(api, kind) or kind in kinds.get(api, ()):
        return ""
    if api in kinds:
        return "kind"
    group = api.rpartition("/")[0]
    if not CUSTOM_API.fullmatch(api) or any(group == own.rpartition("/")[0] for own in kinds):
        return "apiVersion"
    return "" if CUSTOM_KIND.fullmatch(kind) else "kind"


@rule("kubernetes/invalid-object")
@per_unchecked_object
def schemas(item: ObjectSubject) -> Iterator[Violation]:
    """Validates an object against Kubernetes' own schema of its kind."""
    api, kind = item.object["apiVersion"], item.object["kind"]
    schema = validator(minor(item.view.kube_version), api, kind)
    if item.extra and not knows(api, kind) and not _unknown(api, kind):
        yield not_checked(f"the fields of {item.identity}: {kind} in {api} is not one of the kinds known here")
    if "spec" not in item.object and kind in NEEDS_SPEC:
        yield Violation(
            item.key, f"{item.identity} has no spec", f"kubectl explain {kind.lower()}.spec lists its fields"
        )
    if schema is not None and not schema.is_valid(item.object):
        for error in schema.iter_errors(item.object):
            where = dotted(tuple(error.instance_path))
            message = f"{item.identity} {where}: {error.message[:200]}"
            keys = item.around(*error.instance_path)
            explain = f"kubectl explain {'.'.join([kind.lower(), *_names(error)])} lists what it may have"
            fix = explain if item.extra or keys != item.key else ""
            yield Violation(keys, message, fix, about=frozenset({_field(error)}))


def _names(error: Any) -> list[str]:
    """The names on the path of an error, without the indexes of lists."""
    return [step for step in error.instance_path if isinstance(step, str)]


def _field(error: Any) -> str:
    """The field that is missing or invalid."""
    if error.kind.name == "required":
        return str(error.kind.property)
    return next(reversed(_names(error)), "")


@rule("kubernetes/field-value")
def field_values(view: RenderView) -> Iterator[Violation]:
    """Looks at every pod, and at each object whose kind is in the table."""
    for pod in pods(view):
        yield from _values(pod, pod.identity, "pod", pod.spec)
    for item in objects(view, *_kinds()):
        yield from _values(item, item.identity, item.object["kind"], item.object)


def _values(subject: Subject, identity: str, name: str, fields: Object) -> Iterator[Violation]:
    validator, schema = _table(name)
    for error in [] if validator.is_valid(fields) else validator.iter_errors(fields):
        path, part = list(error.instance_path), _part_of_table(schema, error.schema_path)
        keys = subject.around(*path)
        if subject.view.pruned and keys == subject.key:
            continue  # the rest of something that is already reported
        if any(secret.text == error.instance for secret, _ in subject.view.secrets):
            continue  # a key in place of a Secret's name, which security/secret-in-values reports
        problem, right = _words(part, error.instance)
        last = next((step for step in reversed(path) if isinstance(step, str)), name)
        message = problem if last in keys[-2:] else f"{last}: {problem}"
        fix = f"use {right}" if right else ""
        violation = Violation(keys, message, fix, at=identity, severity=part.get("severity"))
        yield violation.use(right) if right in part.get("enum", []) else violation


def _words(part: dict[str, Any], value: Any) -> tuple[str, str]:
    """What is wrong with a value, and what to use instead, by the part of the table that rejects it."""
    choices = [str(choice) for choice in part.get("enum", []) if choice]
    problem = part.get("says") or f"is not one of {', '.join(choices)}"
    right = (
        part.get("write") or nearest_choice(value, choices) or (" or ".join(choices[:2]) if len(choices) < 4 else "")
    )
    return problem if isinstance(value, dict | list) else f"{short(value)} {problem}", right


@cache
def _kinds() -> tuple[str, ...]:
    """The kinds of objects in the table, whose names begin with a capital."""
    return tuple(name for name in facts.table("field_values")["$defs"] if name[0].isupper())


@cache
def _table(name: str) -> tuple[Any, Any]:
    import jsonschema_rs

    schema = {**facts.table("field_values"), "$ref": f"#/$defs/{name}"}
    return jsonschema_rs.validator_for(schema), schema


def _part_of_table(schema: Any, path: list[str | int]) -> dict[str, Any]:
    """The innermost part of the table on the path of an error that has a message or a list of choices."""
    innermost: dict[str, Any] = {}
    for part in accumulate(path, getitem, initial=schema):
        if isinstance(part, dict) and ("says" in part or isinstance(part.get("enum"), list)):
            innermost = part
    return innermost
