"""kube/schemas.json: Kubernetes' schemas from kubernetes-validate, of the kinds and versions that are used."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ai_server.kube.cluster_facts import API_VERSIONS
from ai_server.kube.kubernetes_schemas import FILE, REFERENCE
from ai_server.kube.kubeversion import SUPPORTED

KINDS = {
    **API_VERSIONS,
    "ConfigMap": "v1",
    "Ingress": "networking.k8s.io/v1",
    "Job": "batch/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "ResourceClaim": "resource.k8s.io/v1",
    "ResourceClaimTemplate": "resource.k8s.io/v1",
    "Secret": "v1",
    "Service": "v1",
    "ServiceAccount": "v1",
}
"""What a cluster.yaml may hold, and what a chart such as ours renders."""
SINCE = {"resource.k8s.io/v1": "1.34"}
"""The first Kubernetes version of an API version that not all supported ones have."""
SHARED_FILE = '"/api/_definitions.json#'
"""How the file of a kind names the definitions."""


def schemas_file() -> dict[Path, str]:
    """The file by its path: a line for each definition and the version that it changed in, so that diffs are short."""
    changes: dict[str, dict[str, str]] = {}
    for version in SUPPORTED:
        of_version = dict(_of_version(version))
        for name in {*changes, *of_version}:
            text = of_version.get(name, "null")
            before = changes.setdefault(name, {})
            if text != (list(before.values()) or ["null"])[-1]:
                before[version] = text
    lines = [
        f'"{name}": {{\n' + ",\n".join(f'"{version}": {text}' for version, text in changes[name].items()) + "}"
        for name in sorted(changes)
    ]
    return {FILE: "{\n" + ",\n".join(lines) + "}\n"}


def _of_version(version: str) -> Iterator[tuple[str, str]]:
    """The kinds of a version, and the definitions that they refer to, as JSON without prose."""
    definitions = kubernetes_definitions(version)
    waiting, done = set[str](), set[str]()
    for kind, api_version in kinds(version).items():
        text = kind_text(version, api_version, kind)
        waiting |= set(REFERENCE.findall(text))
        yield f"{api_version} {kind}", _compact(json.loads(text))
    while waiting:
        name = waiting.pop()
        done.add(name)
        text = _compact(definitions[name])
        waiting |= set(REFERENCE.findall(text)) - done
        yield name, text


def kinds(version: str) -> dict[str, str]:
    """The kinds of KINDS that a version such as 1.36 has, with their API versions."""
    order = SUPPORTED.index
    return {
        kind: api_version
        for kind, api_version in KINDS.items()
        if order(version) >= order(SINCE.get(api_version, SUPPORTED[0]))
    }


def _compact(schema: Any) -> str:
    return json.dumps(_without_prose(schema), separators=(",", ":"), sort_keys=True)


def _without_prose(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: _without_prose(body) for name, body in value.items()}
        if key == "properties"
        else _without_prose(value)
        for key, value in node.items()
        if key != "description" and not key.startswith("x-kubernetes-")
    }


@cache
def kubernetes_definitions(version: str) -> dict[str, Any]:
    """Kubernetes' own definitions by name (io.k8s.api.core.v1.Toleration, ...) in a version such as 1.36, closed."""
    definitions: dict[str, Any] = json.loads((schemas_of(version) / "_definitions.json").read_text())["$defs"]
    return definitions


def kind_text(version: str, api_version: str, kind: str) -> str:
    """The JSON schema of a kind in a version, which refers to definitions in its own $defs."""
    group, _, of_group = api_version.rpartition("/")
    name = "-".join(filter(None, [kind, group.split(".")[0], of_group])).lower()
    return (schemas_of(version) / f"{name}.json").read_text().replace(SHARED_FILE, '"#')


def schemas_of(version: str) -> Path:
    """The folder with the schemas of a version such as 1.36."""
    import kubernetes_validate

    return Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{version}.0-local-strict"
