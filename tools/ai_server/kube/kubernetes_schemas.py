"""Kubernetes' own schemas, 1.30 to 1.37, by kind."""

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

ELSEWHERE = '"/api/_definitions.json#'
REFERENCE = re.compile(r'"#/\$defs/([\w.-]+)"')


@cache
def validator(minor: str, api_version: str, kind: str) -> Any:
    """The validator of a kind, or None if that version of Kubernetes (1.36) does not have it."""
    import jsonschema_rs

    definition = schema(minor, api_version, kind)
    return None if definition is None else jsonschema_rs.validator_for(definition)


def schema(minor: str, api_version: str, kind: str) -> dict[str, Any] | None:
    """A new copy of the schema of a kind, with the definitions that it needs; None if there is none."""
    group, _, version = api_version.rpartition("/")
    prefix = f"{kind}-{group.split('.')[0]}-{version}" if group else f"{kind}-{version}"
    file = _folder(minor) / f"{prefix.lower()}.json"
    if not file.is_file():
        return None
    text = file.read_text().replace(ELSEWHERE, '"#')
    needed: dict[str, Any] = {}
    _collect(text, _definitions(minor), needed)
    return {**json.loads(text), "$defs": json.loads(json.dumps(needed))}


def at(schema_: Any, path: list[str | int]) -> Any:
    """The part of a schema at the path of an error, following references."""
    here = schema_
    for step in path:
        while isinstance(here, dict) and "$ref" in here and (step == "$ref" or step not in here):
            here = schema_["$defs"][here["$ref"].removeprefix("#/$defs/")]
            if step == "$ref":
                break
        else:
            here = here[step]
    return here


def _collect(text: str, known: dict[str, Any], needed: dict[str, Any]) -> None:
    """Collects the definitions that a text refers to, directly or not: a tenth of all of them, and of the time."""
    for name in REFERENCE.findall(text):
        if name not in needed:
            needed[name] = known[name]
            _collect(json.dumps(known[name]), known, needed)


@cache
def _definitions(minor: str) -> dict[str, Any]:
    definitions: dict[str, Any] = json.loads((_folder(minor) / "_definitions.json").read_text())["$defs"]
    return definitions


@cache
def _folder(minor: str) -> Path:
    # find the data of the package without importing it, which takes 0.2 s
    [package] = importlib.util.find_spec("kubernetes_validate").submodule_search_locations  # type: ignore[union-attr, misc]
    return Path(package) / "kubernetes-json-schema" / f"v{minor}.0-local-strict"
