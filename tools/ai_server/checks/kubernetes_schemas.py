"""Kubernetes' own schemas, 1.30 to 1.37, by kind."""

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def validator(minor: str, api_version: str, kind: str) -> Any:
    """The validator of a kind, or None when that version of Kubernetes (1.36) does not have it."""
    import jsonschema_rs

    group, _, version = api_version.rpartition("/")
    prefix = f"{kind}-{group.split('.')[0]}-{version}" if group else f"{kind}-{version}"
    file = _folder(minor) / f"{prefix.lower()}.json"
    if not file.is_file():
        return None
    schema = json.loads(file.read_text().replace('"_definitions.json#', '"urn:kubernetes:_definitions.json#'))
    return jsonschema_rs.validator_for(schema, registry=_registry(minor))


@cache
def _folder(minor: str) -> Path:
    # the package's data only: importing it takes 0.2 s
    [package] = importlib.util.find_spec("kubernetes_validate").submodule_search_locations  # type: ignore[union-attr, misc]
    return Path(package) / "kubernetes-json-schema" / f"v{minor}.0-local-strict"


@cache
def _registry(minor: str) -> Any:
    import jsonschema_rs

    definitions = json.loads((_folder(minor) / "_definitions.json").read_text())
    return jsonschema_rs.Registry([("urn:kubernetes:_definitions.json", definitions)])
