"""Kubernetes' own schemas, 1.30 to 1.37, of the kinds that are used here."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("schemas.json")
"""Each kind (apps/v1 Deployment) and definition by the versions that it changed in; null: removed."""
INT32 = '"format": "int32"'
BOUNDED = f'{INT32}, "minimum": {-(2**31)}, "maximum": {2**31 - 1}'
"""The API server cannot read a larger number; a format alone is only a note."""
REFERENCE = re.compile(r'"#/\$defs/([\w.-]+)"')


@cache
def validator(minor: str, api_version: str, kind: str) -> Any:
    """The validator of a kind, or None if that version of Kubernetes (1.36) does not have it."""
    import jsonschema_rs

    definition = schema(minor, api_version, kind)
    return None if definition is None else jsonschema_rs.validator_for(definition)


def schema(minor: str, api_version: str, kind: str) -> dict[str, Any] | None:
    """A new copy of the schema of a kind, with the definitions that it needs; None if that version lacks the kind."""
    whole = _in_version(f"{api_version} {kind}", minor)
    if whole is None:
        return None
    needed: dict[str, Any] = {}
    _collect(whole, minor, needed)
    copy: dict[str, Any] = json.loads(json.dumps({**whole, "$defs": needed}).replace(INT32, BOUNDED))
    return copy


def knows(api_version: str, kind: str) -> bool:
    """Whether a kind is one of Kubernetes' own of which some version has a schema here."""
    group = api_version.rpartition("/")[0]
    of_kubernetes = "." not in group or group.endswith(".k8s.io")
    return of_kubernetes and any(name.endswith(f" {kind}") for name in _changes())


def versions_of(minor: str, kind: str) -> list[str]:
    """The API versions that have a kind in a version of Kubernetes."""
    names = [name.split(" ") for name in _changes() if name.endswith(f" {kind}")]
    return [api for api, of_kind in names if _in_version(f"{api} {of_kind}", minor) is not None]


def _collect(part: dict[str, Any], minor: str, needed: dict[str, Any]) -> None:
    """Collects the definitions that a part refers to, directly or not."""
    for name in REFERENCE.findall(json.dumps(part)):
        if name not in needed:
            needed[name] = _in_version(name, minor)
            _collect(needed[name], minor, needed)


def _in_version(name: str, minor: str) -> Any:
    """A kind or definition as it is in a version: as it became in the last version before that changed it."""
    changes = _changes().get(name, {})
    number = _number(minor)
    return next((body for version, body in reversed(changes.items()) if _number(version) <= number), None)


def _number(minor: str) -> int:
    return int(minor.partition(".")[2])


@cache
def _changes() -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return changes
