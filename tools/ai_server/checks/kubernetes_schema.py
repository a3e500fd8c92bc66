"""kubernetes/invalid-object: each object against Kubernetes' own schema of the chosen version, strictly."""

import importlib.util
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ai_server.checks.findings import Context, Finding, dotted, origin
from ai_server.manifests import identity


def check(context: Context) -> Iterator[Finding]:
    """A finding for each violation, with the object's own path."""
    minor = context.kube_version.rsplit(".", 1)[0]
    for item in context.manifests or []:
        validator = _validator(minor, item["apiVersion"], item["kind"])
        if validator is None:
            message = f"{identity(item)}: Kubernetes {minor} has no {item['kind']} in {item['apiVersion']}"
            yield context.finding("kubernetes/invalid-object", origin(item), message)
            continue
        context.count("objects against schemas")
        for error in validator.iter_errors(item):
            where = dotted(tuple(error.instance_path))
            message = f"{identity(item)} {where}: {error.message[:200]}"
            yield context.finding("kubernetes/invalid-object", origin(item), message)


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


@cache
def _validator(minor: str, api_version: str, kind: str) -> Any:
    """The validator of a kind, or None when that version of Kubernetes does not have it."""
    import jsonschema_rs

    group, _, version = api_version.rpartition("/")
    prefix = f"{kind}-{group.split('.')[0]}-{version}" if group else f"{kind}-{version}"
    file = _folder(minor) / f"{prefix.lower()}.json"
    if not file.is_file():
        return None
    schema = json.loads(file.read_text().replace('"_definitions.json#', '"urn:kubernetes:_definitions.json#'))
    return jsonschema_rs.validator_for(schema, registry=_registry(minor))
