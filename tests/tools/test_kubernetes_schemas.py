"""The packaged Kubernetes schemas give the verdicts of the package that they come from, in every version."""

import copy
import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
import yaml

from ai_server.generate.kubernetes import kind_text, kinds, kubernetes_definitions
from ai_server.kube.kubernetes_schemas import schema, validator
from ai_server.kube.kubeversion import SUPPORTED
from ai_server.paths import REPOSITORY

Object = dict[str, Any]
GOLDENS = sorted((REPOSITORY / "tests" / "golden").glob("*.yaml"))


@cache
def objects() -> list[Object]:
    """One rendered object of each kind and its broken copies."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rendered = [item for file in GOLDENS for item in yaml.load_all(file.read_text(), loader) if item]
    of_each_kind = {item["kind"]: item for item in rendered}.values()
    return [variant for item in of_each_kind for variant in (item, *broken(item))]


def broken(item: Object) -> list[Object]:
    """Copies of an object with an unknown field, a number for a name, and without a required part of the kind."""
    unknown, number, empty = (copy.deepcopy(item) for _ in range(3))
    unknown["metadata"]["nmae"] = "x"
    number["metadata"]["name"] = 1
    for key in ("spec", "handler"):
        if key in empty:
            empty[key] = {}
    return [unknown, number, empty]


@cache
def complete(version: str, api_version: str, kind: str) -> Any:
    return jsonschema_rs.validator_for(
        {**json.loads(kind_text(version, api_version, kind)), "$defs": kubernetes_definitions(version)}
    )


def errors(validator: Any, item: Object) -> list[tuple[list[str | int], str]]:
    return sorted((error.instance_path, error.message) for error in validator.iter_errors(item))


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_object_has_the_errors_of_the_complete_package(version: str) -> None:
    differing = [
        (item["kind"], ours, theirs)
        for item in objects()
        if (ours := errors(validator(version, item["apiVersion"], item["kind"]), item))
        != (theirs := errors(complete(version, item["apiVersion"], item["kind"]), item))
    ]
    assert differing == []


def test_every_rendered_kind_is_packaged_in_every_version() -> None:
    rendered = {(item["apiVersion"], item["kind"]) for item in objects()}
    expected = {version: rendered | {(api, kind) for kind, api in kinds(version).items()} for version in SUPPORTED}
    missing = [
        (version, *kind) for version in SUPPORTED for kind in expected[version] if schema(version, *kind) is None
    ]
    assert min(map(len, expected.values())) > 10
    assert missing == []


def test_the_broken_objects_are_refused() -> None:
    refused = [item for item in objects() if not validator("1.36", item["apiVersion"], item["kind"]).is_valid(item)]
    assert len(refused) >= len(objects()) / 2


def test_a_definition_is_the_one_of_its_version() -> None:
    name = "io.k8s.api.core.v1.PodSpec"
    fields = {
        version: set(schema(version, "v1", "Pod")["$defs"][name]["properties"])  # type: ignore[index]
        for version in SUPPORTED
    }
    assert fields["1.30"] < fields["1.36"]
    assert fields == {version: set(kubernetes_definitions(version)[name]["properties"]) for version in SUPPORTED}
